"""What a process is told when it starts, from `TICKETSTREAM_*` environment variables and from files.

A file of the folder `TICKETSTREAM_SECRETS_DIR` (`/run/secrets`, where Docker mounts secrets, unless given) holds one
value and is called as its variable is, in lower case: `ticketstream_mongo`. The variable goes first.
"""

import os
import re
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, FilePath, IPvAnyNetwork, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from shared.mongo import unreadable

PREFIX = "TICKETSTREAM_"
SECRETS_DIR = "TICKETSTREAM_SECRETS_DIR"
LARGEST_PORT = 65_535


def variable(field: str) -> str:
    """Name the environment variable of a field."""
    return f"{PREFIX}{field.upper()}"


def secrets_dir() -> Path:
    """Tell the folder of the files that hold a setting each; it need not be there."""
    return Path(os.environ.get(SECRETS_DIR, "/run/secrets"))


def from_file(field: str) -> str | None:
    """Read the setting `field` from its file; None when there is none. Raises `ValueError`, with a sentence."""
    file = secrets_dir() / variable(field).lower()
    try:
        return file.read_text().strip() if file.is_file() else None
    except (OSError, UnicodeDecodeError) as failure:
        raise ValueError(why_unread(failure)) from None


def why_unread(failure: BaseException) -> str:
    """Say why a file of `secrets_dir` can not be read, and for whom it should be."""
    if isinstance(failure, OSError):
        reader = f"make it readable for uid {os.geteuid()}, which runs this"
        return f"{failure.filename} can not be read ({failure.strerror}): {reader}"
    return f"a file in {secrets_dir()} is no text in UTF-8"


def bootstrap(text: str) -> str:
    """Let an address of Kafka pass, or several with commas between them; raises `ValueError`."""
    ports = [re.fullmatch(r"\S+:([0-9]+)", address) for address in text.split(",")]
    if not all(port and int(port[1]) <= LARGEST_PORT for port in ports):
        raise ValueError("give HOST:PORT, or several with commas between them")
    return text


def mongo_url(text: str) -> str:
    """Let a URL of MongoDB pass; raises `ValueError`."""
    if not text.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("give a URL that begins with mongodb:// or mongodb+srv://")
    if objection := unreadable(text):
        raise ValueError(f"the URL can not be read: {objection}")
    return text


def _http_url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/:]+(:[0-9]{1,5})?(/\S*)?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?(/\S*)?", text):
        raise ValueError("give a URL that begins with http:// or https://")
    return text


def unusable(certificate: Path, key: Path) -> str | None:
    """Say why HTTPS can not be served with these files, in PEM; None when it can."""
    try:
        # An empty password, because a service has no terminal to ask for one.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password="")
    except OSError as refusal:
        return refusal.strerror or str(refusal)
    return None


Bootstrap = Annotated[str, AfterValidator(bootstrap)]
MongoUrl = Annotated[str, AfterValidator(mongo_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Port = Annotated[int, Field(ge=0, le=LARGEST_PORT)]
NotEmpty = Annotated[str, Field(min_length=1)]


class EngineSettings(BaseSettings):
    """Where Kafka and MongoDB are, and which part of them is ours."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, use_attribute_docstrings=True
    )

    kafka: Bootstrap
    """Kafka's brokers: HOST:PORT, or several with commas between them."""
    mongo: MongoUrl
    """MongoDB's URL: a replica set, with its user and password where it asks for them. Best kept in a file."""
    database: NotEmpty = "ticketstream"
    """The database of MongoDB that holds everything."""
    topic_prefix: str = ""
    """What the names of Kafka's topics begin with, where several sites share the brokers."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the files of `secrets_dir` if it is there."""
        folder = secrets_dir()
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder.is_dir() else ()
        return init_settings, env_settings, *files


class ServiceSettings(EngineSettings):
    """One running service: its engines, and how it shows in `ticketstream status`."""

    name: NotEmpty = Field(default_factory=socket.gethostname)
    """How the process is called, in logs too; no two may have one name."""
    restarts: Annotated[int, Field(ge=0)] | None = None
    """How often whoever supervises the process has started it again, if anybody counts; `ticketstream status` tells."""
    host: NotEmpty = "127.0.0.1"
    """Address to listen on, for requests as well as for monitoring."""
    port: Port = 0
    """Port of the HTTP endpoints; the projector has none."""
    monitoring_port: Port | None = None
    """Port of /healthz, /readyz and /metrics; nothing listens for them unless it is given."""
    otlp_endpoint: HttpUrl | None = None
    """Base URL of an OpenTelemetry receiver that traces go to, OTLP over HTTP, as http://collector:4318."""


class GatewaySettings(ServiceSettings):
    """The gateway: where commands go, and what its own address looks like from outside."""

    command_urls: Annotated[tuple[HttpUrl, ...], NoDecode, Field(min_length=1)]
    """Base URLs of the command services, with commas between them."""
    tls_cert: FilePath | None = None
    """File with the certificate to serve HTTPS with, in PEM; needs the key as well."""
    tls_key: FilePath | None = None
    """File with the certificate's key, in PEM."""
    cookie_domain: str | None = None
    """Domain of the session's cookie; else of the host that was asked alone."""
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    """Addresses and networks of proxies, with commas between them: their X-Forwarded-For and -Proto are believed."""

    @field_validator("command_urls", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _usable_certificate(self) -> Self:
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ValueError("give both TICKETSTREAM_TLS_CERT and TICKETSTREAM_TLS_KEY, or neither")
        if self.tls_cert and self.tls_key and (objection := unusable(self.tls_cert, self.tls_key)):
            raise ValueError(
                f"TICKETSTREAM_TLS_CERT and TICKETSTREAM_TLS_KEY can not be used together ({objection}): "
                "give a PEM certificate and its unencrypted key"
            )
        return self


SETTINGS: Mapping[str, type[EngineSettings]] = {
    "all services and the command line": EngineSettings,
    "all services": ServiceSettings,
    "the gateway": GatewaySettings,
}
"""The models, by who reads what each adds to the one before it."""
