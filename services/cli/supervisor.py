"""All children of one `up`: started in groups, ended in the reverse order."""

import asyncio
from collections.abc import Callable, Iterable

from deploy.embedded.process import Program
from services.cli.children import Child
from services.cli.stack import ProcessState

Tell = Callable[[str], None]
Changed = Callable[[tuple[ProcessState, ...]], None]


class Supervisor:
    """Keeps programs running; `tell` gets a sentence for each restart, `changed` every new state of the children."""

    def __init__(self, tell: Tell, changed: Changed) -> None:
        self._tell = tell
        self._changed = changed
        self._groups: list[dict[Child, asyncio.Task[None]]] = []

    def states(self) -> tuple[ProcessState, ...]:
        """Tell where every child is, in the order of their start."""
        return tuple(child.state() for group in self._groups for child in group)

    async def start(self, *groups: Iterable[Program]) -> None:
        """Start all at once and wait until each has answered; raises `CannotStart` when one never does.

        A failed supervision of a child that was started before ends the wait as well.
        """
        started: list[Child] = []
        for programs in groups:
            children = [Child(program, self._tell, self._report) for program in programs]
            if children:
                self._groups.append({child: asyncio.create_task(child.keep()) for child in children})
            started += children
        answered = asyncio.create_task(_answered(started))
        try:
            await self._first_of(answered)
        finally:
            answered.cancel()
            await asyncio.wait([answered])

    async def watch(self) -> None:
        """Wait for ever; raises what ended the supervision of a child, if anything does."""
        await self._first_of()

    async def _first_of(self, *others: asyncio.Task[None]) -> None:
        done, _ = await asyncio.wait([*others, *self._tasks()], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """End every child in order: the group started last first, the children of a group side by side.

        Raises what goes wrong in that. What ended a supervision before was for `start` and `watch` to raise.
        """
        supervised = [task for task in self._tasks() if not task.done()]
        for group in reversed(self._groups):
            for task in group.values():
                task.cancel()
            await asyncio.wait(group.values())
        for task in supervised:
            if not task.cancelled():
                task.result()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for group in self._groups for task in group.values()]

    def _report(self) -> None:
        self._changed(self.states())


async def _answered(children: Iterable[Child]) -> None:
    for child in children:
        await child.ready.wait()
