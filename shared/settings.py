"""What a process is told when it starts, read from `TICKETSTREAM_*` environment variables."""

import socket
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class EngineSettings(BaseSettings):
    """Where Kafka and MongoDB are, and which part of them is ours."""

    model_config = SettingsConfigDict(env_prefix="TICKETSTREAM_", frozen=True)

    kafka: str
    """Bootstrap address, `HOST:PORT`."""
    mongo: str
    """Connection URL of a replica set, credentials included where it needs them."""
    database: str = "ticketstream"
    topic_prefix: str = ""


class ServiceSettings(EngineSettings):
    """One running service: its engines, and how it shows in `ticketstream status`."""

    name: str = Field(default_factory=socket.gethostname)
    """How the process is called, in logs too; no two may have one name. A container's host name is its own."""
    restarts: int = 0
    host: str = "127.0.0.1"
    """Address to listen on, for requests as well as for monitoring."""
    port: int = 0
    monitoring_port: int | None = None
    """Port of `/healthz`, `/readyz` and `/metrics`; nothing listens for them when it is not given."""


class GatewaySettings(ServiceSettings):
    """The gateway: where commands go, and what its own address looks like from outside."""

    command_urls: Annotated[tuple[str, ...], NoDecode]
    """Base URLs of the command services, comma-separated in the environment."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    cookie_domain: str | None = None

    @field_validator("command_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(url.strip() for url in value.split(",") if url.strip()) if isinstance(value, str) else value
