"""A platform under `docker compose` for one test module, operated as its users operate it."""

import asyncio
import os
import secrets
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from services.cli.demo.client import Client
from services.cli.demo.player import Player
from services.cli.demo.story import LASTED, STORY
from shared.clock import utc_now
from shared.contract import DetailedTicketView
from tests.support.clients.http import free_port

TOP = Path(__file__).parents[2]
DONE_WITHIN = 600.0
LOGIN, PASSWORD = "operator", "correct horse battery"


async def run(*program: str, said: bytes = b"", **environment: str) -> str:
    """Run a program in the project's root and return its output; fails when the program fails."""
    process = await asyncio.create_subprocess_exec(
        *program,
        cwd=TOP,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DONE_WITHIN):
            out, err = await process.communicate(said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, f"{' '.join(program)}: {err.decode()[-3_000:]}"
    return out.decode()


@dataclass(frozen=True, slots=True)
class Composed:
    """A project of docker compose, and the port it is published at."""

    project: str
    port: int
    files: tuple[str, ...] = ("docker-compose.yml",)
    environment: Mapping[str, str] = field(default_factory=dict)
    trusted: ssl.SSLContext | None = None
    """Checks its certificate; without it the platform speaks HTTP."""

    @property
    def url(self) -> str:
        """Return its base URL."""
        return f"https://localhost:{self.port}" if self.trusted else f"http://127.0.0.1:{self.port}"

    async def compose(self, *arguments: str, said: bytes = b"") -> str:
        """Run `docker compose` and return its output; fails when it fails."""
        named = [part for file in self.files for part in ("-f", file)]
        command = ("docker", "compose", "-p", self.project, *named, *arguments)
        return await run(*command, said=said, **self.environment)

    async def shell(self, commands: str, folder: Path) -> str:
        """Run the commands of a documentation page in `folder`; fails at the first command that fails."""
        named = {"COMPOSE_FILE": ":".join(str(TOP / file) for file in self.files), "COMPOSE_PROJECT_NAME": self.project}
        return await run("sh", "-e", "-c", f"cd '{folder}'\n{commands}", said=b"", **self.environment, **named)

    async def cli(self, *arguments: str, said: bytes = b"") -> str:
        """Run `ticketstream` in a container."""
        return await self.compose("run", "--rm", "-T", "cli", *arguments, said=said)

    async def play(self) -> tuple[str, int]:
        """Play a whole ticket's life through the gateway; return the ticket and its number of events."""
        async with Client(self.url, trusted=self.trusted) as client:
            await client.log_in(LOGIN, PASSWORD)
            player = Player(client, utc_now() - LASTED)
            for step in STORY:
                await player.play(step)
            return player.ticket, len(player.events)

    async def ticket(self, uid: str) -> DetailedTicketView | None:
        """Read a ticket as a client does."""
        async with Client(self.url, trusted=self.trusted) as client:
            await client.log_in(LOGIN, PASSWORD)
            return await client.ticket(uid)


@asynccontextmanager
async def composed(*overlays: str, secret: Path | None = None, without: Sequence[str] = ()) -> AsyncIterator[Composed]:
    """Start a platform with a directory and an operator; afterwards it is removed with its data.

    Secrets that `overlays` need are created in the folder `secret`. The services in `without` are not started.
    """
    port, edge = free_port(), f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.0/28"
    published = f"127.0.0.1:{port}"
    environment = {"TICKETSTREAM_PUBLISH": published, "TICKETSTREAM_PUBLISH_TLS": published, "TICKETSTREAM_EDGE": edge}
    if secret:
        await run("deploy/make-secrets", str(secret))
        environment["TICKETSTREAM_SECRETS"] = str(secret)
    project = f"ticketstream-test-{secrets.token_hex(3)}"
    platform = Composed(project, port, ("docker-compose.yml", *overlays), environment)
    try:
        services = [name for name in (await platform.compose("config", "--services")).split() if name not in without]
        await platform.compose("up", "--build", "--wait", "--quiet-pull", *services)
        directory = files("services.cli.demo").joinpath("directory.json").read_bytes()
        await platform.cli("directory", "import", "-", said=directory)
        added = ("users", "add", LOGIN, "--role", "operator", "--scope", "everything")
        await platform.cli(*added, said=PASSWORD.encode() + b"\n")
        yield platform
    finally:
        await platform.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")
