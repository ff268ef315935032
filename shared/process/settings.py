"""The settings of a process: all environment variables, `TICKETSTREAM_*`, and files that may hold their values.

A file holds one value. It lies in the folder `TICKETSTREAM_SECRETS_DIR`, by default `/run/secrets`, where Docker mounts
secrets. Its name is the variable's name in lower case: `ticketstream_mongo`. The variable takes precedence.
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

from shared.mongo import is_readable
from shared.process.variable_names import PREFIX, variable

SECRETS_DIR = variable("secrets_dir")
LARGEST_PORT = 65_535


def secrets_dir() -> Path:
    """Return the folder of the settings' files. It may not exist."""
    return Path(os.environ.get(SECRETS_DIR, "/run/secrets"))


def from_file(field: str) -> str | None:
    """Return the setting `field` from its file, or None without a file. Raises `ValueError` with a sentence."""
    file = secrets_dir() / variable(field).lower()
    try:
        return file.read_text().strip() if file.is_file() else None
    except (OSError, UnicodeDecodeError) as failure:
        raise ValueError(why_unread(failure)) from None


def why_unread(failure: BaseException) -> str:
    """Return why a file of `secrets_dir` cannot be read, and which user must be able to read it."""
    if isinstance(failure, OSError):
        reader = f"make it readable for uid {os.geteuid()}, which runs this"
        return f"{failure.filename} cannot be read ({failure.strerror}): {reader}"
    return f"a file in {secrets_dir()} is not text in UTF-8"


def bootstrap(text: str) -> str:
    """Return `text` if it is a Kafka address, or several with commas between them. Raises `ValueError`."""
    ports = [re.fullmatch(r"\S+:([0-9]+)", address) for address in text.split(",")]
    if not all(port and int(port[1]) <= LARGEST_PORT for port in ports):
        raise ValueError("give HOST:PORT, or several with commas between them")
    return text


def mongo_url(text: str) -> str:
    """Return `text` if it is a MongoDB URL. Raises `ValueError`."""
    if not text.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("give a URL that begins with mongodb:// or mongodb+srv://")
    if not is_readable(text):
        raise ValueError(
            "the URL cannot be read; give mongodb://HOST:PORT/?replicaSet=NAME, several HOST:PORT with commas between "
            "them, and only options of MongoDB; user and password come before @, with a % code for each special letter"
        )
    return text


def _http_url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/:]+(:[0-9]{1,5})?(/\S*)?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?(/\S*)?", text):
        raise ValueError("give a URL that begins with http:// or https://")
    return text


def unusable(certificate: Path, key: Path) -> str | None:
    """Return why HTTPS cannot be served with these PEM files, or None when it can."""
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
    """Where Kafka and MongoDB are, and which database and topics belong to the platform."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, use_attribute_docstrings=True
    )

    kafka: Bootstrap
    """Kafka's brokers: HOST:PORT, or several with commas between them."""
    mongo: MongoUrl
    """MongoDB's URL: a replica set, with user and password if it needs them. Best kept in a file."""
    database: NotEmpty = "ticketstream"
    """The database of MongoDB that holds everything."""
    topic_prefix: str = ""
    """Prefix of the names of Kafka's topics, if several sites share the brokers."""

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
    """Name of the process, also in logs. Each process needs its own."""
    restarts: Annotated[int, Field(ge=0)] | None = None
    """Number of restarts by a supervisor, if it counts them. `ticketstream status` shows it."""
    host: NotEmpty = "127.0.0.1"
    """Address to listen on, for requests and for monitoring."""
    port: Port = 0
    """Port of the HTTP endpoints. The projector has none."""
    monitoring_port: Port | None = None
    """Port of /healthz, /readyz and /metrics. Without it, the process does not answer them."""
    access_log: bool = True
    """Whether gateway and command service log a line for each request: `true` or `false`."""
    otlp_endpoint: HttpUrl | None = None
    """Base URL of an OpenTelemetry receiver for traces, with OTLP over HTTP: http://collector:4318, for instance."""


class GatewaySettings(ServiceSettings):
    """The gateway: the addresses of the command services, and its own address as clients see it."""

    command_urls: Annotated[tuple[HttpUrl, ...], NoDecode, Field(min_length=1)]
    """Base URLs of the command services, with commas between them."""
    tls_cert: FilePath | None = None
    """PEM file with the certificate for HTTPS. The key must be set too."""
    tls_key: FilePath | None = None
    """PEM file with the certificate's key."""
    cookie_domain: str | None = None
    """Domain of the session's cookie. Without it, the cookie is for the requested host alone."""
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    """Addresses and networks of trusted proxies, with commas between them. Only their X-Forwarded-For and -Proto are
    used."""

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
                f"TICKETSTREAM_TLS_CERT and TICKETSTREAM_TLS_KEY cannot be used together ({objection}): "
                "give a PEM certificate and its unencrypted key"
            )
        return self


SETTINGS: Mapping[str, type[EngineSettings]] = {
    "all services and the command line": EngineSettings,
    "all services": ServiceSettings,
    "the gateway": GatewaySettings,
}
"""The models, by the processes that read them. Each adds settings to the one before it."""
