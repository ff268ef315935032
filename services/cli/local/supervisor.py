"""All children of one `up`: started in groups, stopped in the reverse order."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable

from deploy.embedded.child_process import Program
from services.cli.local.children import Child
from services.cli.local.stack import ProcessState

Tell = Callable[[str], None]
Changed = Callable[[tuple[ProcessState, ...]], None]


class Supervisor:
    """Keeps programs running.

    `tell` is called with a sentence for each restart, `changed` with the states of all children after each change.
    """

    def __init__(self, tell: Tell, changed: Changed) -> None:
        self._tell = tell
        self._changed = changed
        self._groups: list[dict[Child, asyncio.Task[None]]] = []
        self._chores: list[asyncio.Task[None]] = []

    def beside(self, *chores: Coroutine[object, object, None]) -> list[asyncio.Task[None]]:
        """Run `chores` to their end or until `stop`; a failing chore ends `start` and `watch` with its exception.

        Returns the tasks, so that a chore can be ended before `stop`.
        """
        tasks = [asyncio.create_task(chore) for chore in chores]
        self._chores += tasks
        return tasks

    def states(self) -> tuple[ProcessState, ...]:
        """Return the state of every child, in the order of their start."""
        return tuple(child.state() for group in self._groups for child in group)

    async def start(self, *groups: Iterable[Program]) -> None:
        """Start all programs at the same time and wait until each answers; raises `StartError` when one never does.

        Also raises the failure that ends the supervision of a child that was started before.
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
        """Wait until the supervision of a child fails, and raise its exception."""
        await self._first_of()

    async def _first_of(self, *others: asyncio.Task[None]) -> None:
        done = set[asyncio.Task[None]]()
        while not done.difference(self._chores):
            self._chores = [chore for chore in self._chores if chore not in done]
            done, _ = await asyncio.wait([*others, *self._tasks()], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def stop(self) -> None:
        """Stop every child: the groups in the reverse order of their start, the children of a group at the same time.

        Raises the failures of this call. Earlier failures were raised by `start` or `watch`.
        """
        supervised = [task for task in self._tasks() if not task.done()]
        for tasks in (*(group.values() for group in reversed(self._groups)), self._chores):
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        for task in supervised:
            if not task.cancelled():
                task.result()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [*(task for group in self._groups for task in group.values()), *self._chores]

    def _report(self) -> None:
        self._changed(self.states())


async def _answered(children: Iterable[Child]) -> None:
    for child in children:
        await child.ready.wait()
