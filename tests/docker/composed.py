"""A composed platform of its own for a test module, driven as people drive it: with `docker compose`."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from services.cli.demo.client import Client
from services.cli.demo.player import Player
from services.cli.demo.story import LASTED, STORY
from shared.clock import utc_now
from shared.contract import DetailedTicketView
from tests.support.http import free_port

TOP = Path(__file__).parents[2]
DONE_WITHIN = 600.0
LOGIN, PASSWORD = "operator", "correct horse battery"


@dataclass(frozen=True, slots=True)
class Composed:
    """A project of docker compose, and where its gateway is published."""

    project: str
    port: int
    files: tuple[str, ...] = ("docker-compose.yml",)

    @property
    def url(self) -> str:
        """The gateway's base URL."""
        return f"http://127.0.0.1:{self.port}"

    async def compose(self, *arguments: str, said: bytes = b"") -> str:
        """Run `docker compose` and give its output; fails when that fails."""
        return await self._run("docker", "compose", *arguments, said=said)

    async def docker(self, *arguments: str) -> str:
        """Run `docker` and give its output; fails when that fails."""
        return await self._run("docker", *arguments)

    async def shell(self, commands: str, folder: Path) -> str:
        """Run lines of a page as people type them, in `folder`; fails with the first that fails."""
        return await self._run("sh", "-e", "-c", commands, folder=folder)

    async def _run(self, *command: str, said: bytes = b"", folder: Path = TOP) -> str:
        ours = {
            "COMPOSE_FILE": ":".join(str(TOP / file) for file in self.files),
            "COMPOSE_PROJECT_NAME": self.project,
            "TICKETSTREAM_PUBLISH": f"127.0.0.1:{self.port}",
        }
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**os.environ, **ours},
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
        assert process.returncode == 0, f"{' '.join(command)}: {err.decode()[-3_000:]}"
        return out.decode()

    async def cli(self, *arguments: str, said: bytes = b"") -> str:
        """Run `ticketstream` inside."""
        return await self.compose("run", "--rm", "-T", "cli", *arguments, said=said)

    async def play(self) -> tuple[str, int]:
        """Play a whole ticket's life through the gateway; gives the ticket and its number of events."""
        async with Client(self.url) as client:
            await client.log_in(LOGIN, PASSWORD)
            player = Player(client, utc_now() - LASTED)
            for step in STORY:
                await player.play(step)
            return player.ticket, len(player.events)

    async def ticket(self, uid: str) -> DetailedTicketView | None:
        """Read a ticket as a client does."""
        async with Client(self.url) as client:
            await client.log_in(LOGIN, PASSWORD)
            return await client.ticket(uid)


@asynccontextmanager
async def composed(*files_: str) -> AsyncIterator[Composed]:
    """Bring a platform up with a directory and an operator; it is gone afterwards, data and all."""
    platform = Composed(f"ticketstream-test-{secrets.token_hex(3)}", free_port(), files_ or ("docker-compose.yml",))
    try:
        await platform.compose("up", "--build", "--wait", "--quiet-pull")
        directory = files("services.cli.demo").joinpath("directory.json").read_bytes()
        await platform.cli("directory", "import", "-", said=directory)
        added = ("users", "add", LOGIN, "--role", "operator", "--scope", "everything")
        await platform.cli(*added, said=PASSWORD.encode() + b"\n")
        yield platform
    finally:
        await platform.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")
