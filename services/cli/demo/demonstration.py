"""The run of the demonstration: starts a stack, plays a ticket's life, shows the views, and stops the stack."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console

from deploy.embedded.child_process import Running, spawn
from deploy.embedded.start_error import StartError
from services.cli.demo import printed
from services.cli.demo.client import EVENTS, STATS, TICKETS, Client
from services.cli.demo.demo_error import DemoError
from services.cli.demo.demo_stack import address, program, while_up
from services.cli.demo.player import Player
from services.cli.demo.setup import set_up
from services.cli.demo.shown_views import Views, read_views
from services.cli.demo.story import LASTED, STORY
from services.cli.exit_status import explained
from services.cli.local.fetch_kafka import kafka_jars
from services.cli.local.stack import find
from services.cli.progress_bar import doing, messages
from shared.clock import utc_now, wire
from shared.contract import TicketEvent
from shared.explained_error import ExplainedError
from shared.process import lifecycle

PIPED_WIDTH = 120


def run(data: Path | None, *, keep: bool) -> None:
    """Play the demonstration in the folder `data` (default: a temporary one), and remove it at the end unless `keep`.

    Results go to standard output, progress to standard error. Raises `StartError` or `DemoError` when nothing is left
    running; the folder then stays, unless the user stopped the demonstration.
    """
    console = messages()
    folder = own_folder(data)
    try:
        kafka_jars(console, folder)
    except BaseException:
        shutil.rmtree(folder)
        raise
    demo = Demo(folder, console)
    try:
        with suppress(SystemExit):  # rich raises it when nobody reads the output any more
            lifecycle.run(demo.play)
    except DemoError as failure:
        raise DemoError(f"{failure}\nThe logs are in {folder / 'logs'}.") from failure
    if keep:
        console.print(f"The data folder is kept: {folder}")
    else:
        shutil.rmtree(folder)
    if not demo.is_over:
        raise DemoError("The demo was stopped before its end.")


def own_folder(data: Path | None) -> Path:
    """Return a new or empty folder, which the demonstration may remove; raises `DemoError` when `data` is not one."""
    if data is None:
        return Path(mkdtemp(prefix="ticketstream-demo-"))
    folder = data.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_used = any(folder.iterdir())
    except OSError as refusal:
        raise DemoError(
            f"The data folder {folder} cannot be used ({refusal.strerror}); choose another with --data."
        ) from refusal
    if is_used:
        raise DemoError(
            f"The data folder {folder} is not empty, and the demo removes its folder at the end; "
            "give it one that does not exist yet with --data."
        )
    return folder


class Demo:
    """One run of the demonstration."""

    def __init__(self, folder: Path, console: Console) -> None:
        self._folder = folder
        self._console = console
        self._results = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
        self._doing = ""
        self.is_over = False
        """Whether everything was shown and the stack was stopped."""

    async def play(self) -> None:
        """Start the stack, play the story, show the views, stop the stack; raises `DemoError`, which names the step."""
        try:
            await self._play()
        except ExplainedError as failure:
            raise DemoError(f"The demo failed while {self._doing}: {failure}") from failure

    async def _play(self) -> None:
        async with AsyncExitStack() as closing:
            with self._step("starting Kafka, MongoDB and the services"):
                stack = await spawn(program(self._folder))
                closing.push_async_callback(self._stop, stack)
                await stack.ready()
            await while_up(stack, self._tour())
        self._doing = "stopping"
        if await stack.ended():
            raise StartError(stack.describe_end())
        self.is_over = True

    async def _stop(self, stack: Running) -> None:
        with doing(self._console, "stopping"):
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
        self._results.print(printed.head_line(self._results.width))
        played = []
        for step in STORY:
            self._doing = f"playing {step.command}"
            played.append(await player.play(step))
            self._results.print(printed.command_line(self._results.width, played[-1]))
        self._results.print(printed.summary(played))
        return player.events

    def _show(self, views: Views, until: str) -> None:
        window = f"{EVENTS}?from={views.feed[0].sentDate}&to={until}"
        for title, request, view in (
            ("The ticket in the list", TICKETS, printed.facts(views.item.model_dump(exclude_none=True))),
            ("Its journal", f"{TICKETS}/{views.item.uid}", printed.journal(views.detail.journal)),
            ("Statistics", STATS, printed.facts(views.stats.model_dump())),
            ("The events", window, printed.feed(views.feed)),
        ):
            self._results.print(printed.heading(title, f"GET {request}"), soft_wrap=True)
            self._results.print(view)

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        self._doing = what
        with doing(self._console, what):
            yield
