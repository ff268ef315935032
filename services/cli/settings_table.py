"""The table that `ticketstream settings` prints: every setting, taken from the settings models."""

from collections.abc import Iterator
from itertools import groupby

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.table import Table

from shared.process.settings import SECRETS_DIR, SETTINGS
from shared.process.variable_names import variable


class Setting(BaseModel):
    """One setting: its environment variable, who reads it, its default (None: it is required) and its purpose."""

    model_config = ConfigDict(frozen=True)

    variable: str
    read_by: str
    default: str | None
    purpose: str


OTHERS = (
    Setting(
        variable=variable("data"),
        read_by="the command line",
        default=".ticketstream",
        purpose="The data folder of `ticketstream up`.",
    ),
    Setting(
        variable=SECRETS_DIR,
        read_by="all services and the command line",
        default="/run/secrets",
        purpose="Folder of files that each hold one setting; a file is named like the variable, in lower case.",
    ),
)
"""Settings that are not in the models."""
COMPOSED = {
    "PUBLISH": ("127.0.0.1:8000", "Address and port on which the gateway, or the edge, is published."),
    "PUBLISH_TLS": ("127.0.0.1:8443", "The same for HTTPS, with deploy/compose.tls.yml."),
    "COMMANDS": ("1", "How many command services run; 2 with deploy/compose.ha.yml."),
    "PROJECTORS": ("1", "How many projectors run; more than 12 are idle; 2 with deploy/compose.ha.yml."),
    "DEMO_TICKETS": ("2000", "How many tickets `docker compose run --rm demo` fills in."),
    "GATEWAYS": ("1", "How many gateways run behind the edge; 2 with deploy/compose.ha.yml."),
    "DOMAIN": ("localhost", "Name of the site, with deploy/compose.tls.yml."),
    "CERTIFICATES": ("", "Folder of tls.crt and tls.key, with deploy/compose.tls.yml."),
    "EDGE": ("10.47.113.0/28", "Network of the edge and the gateways."),
    "SECRETS": (None, "Folder written by deploy/make-secrets, for overlays that need secrets."),
}
"""Settings that the compose files read: default and purpose by the name after the prefix."""


def settings() -> Iterator[Setting]:
    """Yield each setting once, grouped by who reads it."""
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
        return "the host name"
    if field.default is PydanticUndefined:
        return None
    return "" if field.default is None else str(field.default)


def tables() -> Iterator[Table]:
    """Yield the settings as tables for a terminal, one for each kind of reader."""
    for readers, group in groupby(settings(), lambda one: one.read_by):
        drawn = Table(
            "variable",
            "default",
            "purpose",
            title=f"read by {readers}",
            title_justify="left",
            box=None,
            pad_edge=False,
            header_style="bold",
        )
        drawn.columns[0].no_wrap = True
        for one in group:
            drawn.add_row(one.variable, "(required)" if one.default is None else one.default, one.purpose)
        yield drawn
