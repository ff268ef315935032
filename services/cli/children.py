"""One child process that is kept running: started, watched, and started again when it ends."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from deploy.embedded.errors import CannotStart
from deploy.embedded.process import Program, spawn
from services.cli.stack import ProcessState, State

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10
STEADY_S = 30
"""A child that ran this long is taken for healthy again."""
START_ATTEMPTS = 3
"""A child that was never ready is not tried more often than this, nor beyond its patience."""


def next_pause(previous: float, lived: float) -> float:
    """Tell the seconds to wait before the next start: doubled each time, short again after a steady run."""
    if not previous or lived >= STEADY_S:
        return FIRST_PAUSE_S
    return min(2 * previous, LONGEST_PAUSE_S)


class Child:
    """One program under supervision.

    `ready` is set when it has answered for the first time.
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
        """Tell where it is now."""
        return ProcessState(name=self._program.name, pid=self._pid, state=self._state, restarts=self._restarts)

    async def keep(self) -> NoReturn:
        """Keep it running until cancelled, then end it in order; raises `CannotStart` when it was never ready."""
        pause = 0.0
        deadline = time.monotonic() + self._program.patience
        while True:
            began = time.monotonic()
            ended = await self._run()
            hopeless = self._restarts + 1 >= START_ATTEMPTS or time.monotonic() > deadline
            if hopeless and not self.ready.is_set():
                self._become("stopped")
                raise CannotStart(ended)
            pause = next_pause(pause, time.monotonic() - began)
            self._restarts += 1
            self._tell(f"{ended}; starting it again in {pause:g} s")
            self._become("restarting")
            await asyncio.sleep(pause)

    async def _run(self) -> str:
        """Run it once and say how that ended."""
        self._become("starting")
        restarts = {"TICKETSTREAM_RESTARTS": str(self._restarts)}
        try:
            running = await spawn(replace(self._program, env={**self._program.env, **restarts}))
        except CannotStart as refusal:
            return str(refusal)
        try:
            self._pid = running.pid
            self._become("starting")
            await running.ready()
            self._become("running")
            self.ready.set()
            await running.ended()
            return running.obituary()
        except CannotStart as failure:
            return str(failure)
        finally:
            await running.stop()

    def _become(self, state: State) -> None:
        self._state = state
        self._changed()
