"""Every setting there is, read off the models: what `ticketstream settings` prints."""

from collections.abc import Iterator
from itertools import groupby

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.table import Table

from shared.settings import SECRETS_DIR, SETTINGS, variable


class Setting(BaseModel):
    """One setting: its environment variable, who reads it, its value unless given (None: it must be), its purpose."""

    model_config = ConfigDict(frozen=True)

    variable: str
    read_by: str
    default: str | None
    purpose: str


OTHERS = (
    Setting(
        variable="TICKETSTREAM_DATA",
        read_by="the command line",
        default=".ticketstream",
        purpose="The data folder of `ticketstream up`.",
    ),
    Setting(
        variable=SECRETS_DIR,
        read_by="all services and the command line",
        default="/run/secrets",
        purpose="Folder of files that hold a setting each, called as its variable in lower case.",
    ),
)
"""What is read before the models are, or without them."""
COMPOSED = {
    "PUBLISH": ("127.0.0.1:8000", "Address and port that the gateway, or the edge, is published on."),
    "COMMANDS": ("1", "Number of command services; with deploy/compose.ha.yml it is 2 unless given."),
    "PROJECTORS": ("1", "Number of projectors, likewise."),
    "GATEWAYS": ("1", "Number of gateways, likewise; more than one only behind an edge."),
    "PUBLISH_TLS": ("127.0.0.1:8443", "The same for HTTPS, with deploy/compose.tls.yml."),
    "DOMAIN": ("localhost", "Name of the site, with deploy/compose.tls.yml."),
    "CERTIFICATES": ("", "Folder of tls.crt and tls.key, with deploy/compose.tls.yml."),
    "EDGE": ("10.47.113.0/28", "Network of the edge and the gateways."),
    "SECRETS": (None, "Folder that deploy/make-secrets made, for overlays that need secrets."),
}
"""What the compose files read: by the name behind the prefix, the value unless given and the purpose."""


def settings() -> Iterator[Setting]:
    """List the settings, each once, by who reads them."""
    yield from OTHERS
    seen: set[str] = set()
    for readers, model in SETTINGS.items():
        for name, field in model.model_fields.items():
            if name not in seen:
                seen.add(name)
                yield Setting(
                    variable=variable(name), read_by=readers, default=_default(field), purpose=field.description or ""
                )
    for name, (default, purpose) in COMPOSED.items():
        yield Setting(variable=variable(name), read_by="compose files", default=default, purpose=purpose)


def _default(field: FieldInfo) -> str | None:
    if field.default_factory is not None:
        return "the host's name"
    if field.default is PydanticUndefined:
        return None
    return "" if field.default is None else str(field.default)


def tables() -> Iterator[Table]:
    """Draw them for a terminal: one table for each kind of reader."""
    for readers, group in groupby(settings(), lambda one: one.read_by):
        drawn = Table(
            "variable",
            "unless given",
            "what it is for",
            title=f"read by {readers}",
            title_justify="left",
            box=None,
            pad_edge=False,
            header_style="bold",
        )
        drawn.columns[0].no_wrap = True
        for one in group:
            drawn.add_row(one.variable, "(must be)" if one.default is None else one.default, one.purpose)
        yield drawn
