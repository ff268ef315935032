"""The demonstration, put together: a stack of its own, a ticket's life on it, what the views then say, and its end."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console

from deploy.embedded.errors import CannotStart
from deploy.embedded.process import Running, spawn
from services.cli.demo import text
from services.cli.demo.client import EVENTS, STATS, TICKETS, Client
from services.cli.demo.failure import DemoFailed
from services.cli.demo.player import Player
from services.cli.demo.setup import set_up
from services.cli.demo.stack import address, program, while_up
from services.cli.demo.story import LASTED, STORY
from services.cli.demo.views import Views, read_views
from services.cli.failures import ANSWERS, explained
from services.cli.jars import kafka_jars
from services.cli.progress_bar import doing, messages
from services.cli.stack import find
from shared import process
from shared.clock import utc_now, wire
from shared.contract import TicketEvent

PIPED_WIDTH = 120


def run(data: Path | None, *, keep: bool) -> None:
    """Play the demonstration in the folder `data` (default: a new one), which is removed at the end unless `keep`.

    Results go to standard output, progress to standard error. Raises `CannotStart` or `DemoFailed`, with nothing left
    running; the folder stays then, unless the user stopped it.
    """
    progress = messages()
    kafka_jars(progress)
    folder = own_folder(data)
    demo = Demo(folder, progress)
    try:
        with suppress(SystemExit):  # so rich ends a program whose results nobody reads any more
            process.run(demo.play)
    except DemoFailed as failure:
        raise DemoFailed(f"{failure}\nThe logs are in {folder / 'logs'}.") from failure
    if keep:
        progress.print(f"The data folder is kept: {folder}")
    else:
        shutil.rmtree(folder)
    if not demo.is_over:
        raise DemoFailed("The demo was stopped before its end.")


def own_folder(data: Path | None) -> Path:
    """Make the folder that the demonstration may remove; raises `DemoFailed` when `data` can not be that."""
    if data is None:
        return Path(mkdtemp(prefix="ticketstream-demo-"))
    folder = data.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_used = any(folder.iterdir())
    except OSError as refusal:
        raise DemoFailed(
            f"The data folder {folder} can not be used ({refusal.strerror}); choose another with --data."
        ) from refusal
    if is_used:
        raise DemoFailed(
            f"The data folder {folder} is not empty, and the demo removes its folder at the end; "
            "give it one that does not exist yet with --data."
        )
    return folder


class Demo:
    """One run of the demonstration in a folder of its own."""

    def __init__(self, folder: Path, progress: Console) -> None:
        self._folder = folder
        self._progress = progress
        self._results = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
        self._doing = ""
        self.is_over = False
        """Whether all was shown, and the stack was stopped in order."""

    async def play(self) -> None:
        """Start the stack, play the story, show the views, stop the stack; raises `DemoFailed` that names the step."""
        try:
            await self._play()
        except ANSWERS as failure:
            raise DemoFailed(f"The demo failed while {self._doing}: {failure}") from failure

    async def _play(self) -> None:
        async with AsyncExitStack() as closing:
            with self._step("starting Kafka, MongoDB and the services"):
                stack = await spawn(program(self._folder))
                closing.push_async_callback(self._stop, stack)
                await stack.ready()
            await while_up(stack, self._tour())
        self._doing = "stopping"
        if await stack.ended():
            raise CannotStart(stack.obituary())
        self.is_over = True

    async def _stop(self, stack: Running) -> None:
        with doing(self._progress, "stopping"):
            stopping = asyncio.create_task(stack.stop())
            try:
                await asyncio.shield(stopping)
            finally:
                await stopping

    async def _tour(self) -> None:
        engines = find(self._folder).engines()
        with self._step("importing a directory and users"), explained(engines):
            operator, *_ = await set_up(engines)
        async with Client(address(self._folder)) as client:
            with self._step(f"logging in as {operator.login}"):
                await client.log_in(operator.login, operator.password)
            events = await self._story(Player(client, utc_now() - LASTED))
            until = wire(utc_now())
            with self._step("reading the views"):
                views = await read_views(client, events, until)
        self._show(views, until)

    async def _story(self, player: Player) -> list[TicketEvent]:
        self._results.print(text.head_line(self._results.width))
        played = []
        for step in STORY:
            self._doing = f"playing {step.command}"
            played.append(await player.play(step))
            self._results.print(text.command_line(self._results.width, played[-1]))
        self._results.print(text.summary(played))
        return player.events

    def _show(self, views: Views, until: str) -> None:
        window = f"{EVENTS}?from={views.feed[0].sentDate}&to={until}"
        for title, request, view in (
            ("The ticket in the list", TICKETS, text.facts(views.item.model_dump(exclude_none=True))),
            ("Its journal", f"{TICKETS}/{views.item.uid}", text.journal(views.detail.journal)),
            ("Statistics", STATS, text.facts(views.stats.model_dump())),
            ("The events", window, text.feed(views.feed)),
        ):
            self._results.print(text.heading(title, f"GET {request}"), soft_wrap=True)
            self._results.print(view)

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        self._doing = what
        with doing(self._progress, what):
            yield
