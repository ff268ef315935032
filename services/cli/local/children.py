"""One supervised child process: started, watched, and restarted when it ends."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from deploy.embedded.child_process import Program, spawn
from deploy.embedded.start_error import StartError
from services.cli.local.stack import ProcessState, State
from shared.process.variable_names import variable

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10
STEADY_S = 30
"""Seconds after which a running child counts as healthy again."""
START_ATTEMPTS = 3
"""Starts of a child that was never ready, after which the supervisor gives up. It also gives up after the child's
patience."""


def next_pause(previous: float, lived: float) -> float:
    """Return the seconds to wait before the next start: twice the previous pause, or the first one after a long run.

    `previous` and `lived` are seconds: the last pause, and how long the child ran.
    """
    if not previous or lived >= STEADY_S:
        return FIRST_PAUSE_S
    return min(2 * previous, LONGEST_PAUSE_S)


class Child:
    """One program under supervision.

    `ready` is set once the program has answered for the first time.
    """

    def __init__(self, program: Program, tell: Callable[[str], None], changed: Callable[[], None]) -> None:
        self._program = program
        self._tell = tell
        self._changed = changed
        self._pid: int | None = None
        self._state: State = "starting"
        self._restarts = 0
        self.ready = asyncio.Event()

    def state(self) -> ProcessState:
        """Return the child's present state."""
        return ProcessState(name=self._program.name, pid=self._pid, state=self._state, restarts=self._restarts)

    async def keep(self) -> NoReturn:
        """Keep the program running until cancelled, then stop it; raises `StartError` when it was never ready."""
        pause = 0.0
        deadline = time.monotonic() + self._program.patience
        while True:
            began = time.monotonic()
            ended = await self._run()
            is_last = self._restarts + 1 >= START_ATTEMPTS or time.monotonic() > deadline
            if is_last and not self.ready.is_set():
                self._become("stopped")
                raise StartError(ended)
            pause = next_pause(pause, time.monotonic() - began)
            self._restarts += 1
            self._tell(f"{ended}; restarting it in {pause:g} s")
            self._become("restarting")
            await asyncio.sleep(pause)

    async def _run(self) -> str:
        """Run the program once; return a sentence that says how it ended."""
        self._become("starting")
        restarts = {variable("restarts"): str(self._restarts)}
        try:
            running = await spawn(replace(self._program, env={**self._program.env, **restarts}))
        except StartError as refusal:
            return str(refusal)
        try:
            self._pid = running.pid
            self._become("starting")
            await running.ready()
            self._become("running")
            self.ready.set()
            await running.ended()
            return running.describe_end()
        except StartError as failure:
            return str(failure)
        finally:
            await running.stop()

    def _become(self, state: State) -> None:
        self._state = state
        self._changed()
