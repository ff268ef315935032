"""The services as programs: how each is started, and how its supervisor checks that it works."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from deploy.embedded.child_process import Program
from deploy.embedded.data_folder import LOOPBACK
from shared.mongo import Database, PyMongoError
from shared.process.settings import EngineSettings
from shared.process.variable_names import variable


@dataclass(frozen=True, slots=True)
class Layout:
    """The services of one stack: how many, on which ports, and the gateway's certificate."""

    folder: Path
    command_ports: Mapping[str, int]
    """Port of each command service, by name."""
    projectors: int
    gateway_port: int
    monitoring_ports: Mapping[str, int] = field(default_factory=dict)
    """Port of `/healthz`, `/readyz` and `/metrics` of each service, by name."""
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def url(self) -> str:
        """Return the base URL of the gateway."""
        return f"{'https' if self.tls_cert else 'http'}://{LOOPBACK}:{self.gateway_port}"

    @property
    def monitoring(self) -> dict[str, str]:
        """Return the base URL of each service's monitoring endpoints, by name."""
        return {name: f"http://{LOOPBACK}:{port}" for name, port in self.monitoring_ports.items()}

    def services(self, engines: EngineSettings, db: Database) -> tuple[list[Program], list[Program]]:
        """Return two groups of programs: projectors and command services, then the gateway, which is stopped first."""

        def service(module: str, name: str, **settings: str) -> Program:
            if name in self.monitoring_ports:
                settings["monitoring_port"] = str(self.monitoring_ports[name])
            return Program(
                name=name,
                argv=(sys.executable, "-m", f"services.{module}"),
                log=self.folder / "logs" / f"{name}.log",
                env=environment(engines.model_dump() | {"name": name, "host": LOOPBACK} | settings),
                answers=lambda pid: self._answers(db, name, pid),
                folder=self.folder,
                grace=4,
            )

        commands = {name: f"http://{LOOPBACK}:{port}" for name, port in self.command_ports.items()}
        tls = {"tls_cert": self.tls_cert, "tls_key": self.tls_key}
        return (
            [
                *(service("projector", name) for name in numbered("projector", self.projectors)),
                *(service("command", name, port=str(port)) for name, port in self.command_ports.items()),
            ],
            [
                service(
                    "gateway",
                    "gateway",
                    port=str(self.gateway_port),
                    command_urls=",".join(commands.values()),
                    **{setting: str(file.absolute()) for setting, file in tls.items() if file},
                )
            ],
        )

    async def _answers(self, db: Database, name: str, pid: int) -> bool:
        try:
            heartbeat = await db.heartbeats.find_one({"_id": name, "pid": pid})
        except PyMongoError:
            return False
        return heartbeat is not None and (name != "gateway" or await _serves(self.url))


def numbered(service: str, count: int) -> list[str]:
    """Return the names of `count` processes of one service, numbered from 1."""
    return [f"{service}-{number}" for number in range(1, count + 1)]


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Return settings as the environment variables from which a service reads them."""
    return {variable(name): str(value) for name, value in settings.items()}


async def _serves(url: str) -> bool:
    """Return whether a server answers at `url`; its certificate is not checked."""
    limit = aiohttp.ClientTimeout(total=2)
    try:
        async with aiohttp.ClientSession(timeout=limit) as client, client.get(url, ssl=False):
            return True
    except (aiohttp.ClientError, TimeoutError):
        return False
