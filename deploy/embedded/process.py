"""Child processes that write to a log of their own and never outlive the process that started them."""

import asyncio
import ctypes
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.errors import CannotStart
from deploy.embedded.last_words import last_words

MAX_LOG_BYTES = 10_000_000
"""A log that is longer when its program starts makes room for a new one; one old log is kept."""
TAIL_BYTES = 32_768
PROBE_INTERVAL_S = 0.05
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, where it logs, and how to tell that it answers.

    `answers` takes the process id and tells whether that process does its work; `patience` bounds the wait for it
    and `grace` the wait for an orderly end, both in seconds. `folder` is where it runs: what it leaves beside its
    files, a crash report for instance, is found there.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    answers: Callable[[int], Awaitable[bool]]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    patience: float = 30
    grace: float = 5


class Running:
    """One started process of a program."""

    def __init__(self, program: Program, process: Process, log_start: int) -> None:
        self._program = program
        self._process = process
        self._log_start = log_start

    @property
    def pid(self) -> int:
        """Process id, also after its end."""
        return self._process.pid

    async def ended(self) -> int:
        """Wait for the end; returns the exit status, negative for a signal."""
        return await self._process.wait()

    async def ready(self) -> None:
        """Wait until it answers; raises `CannotStart` at once when it ends, or when its patience is over."""
        end = asyncio.create_task(self.ended())
        answer = asyncio.create_task(self._answers())
        try:
            await asyncio.wait({end, answer}, timeout=self._program.patience, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                raise CannotStart(self.obituary())
            if not answer.done():
                raise CannotStart(
                    f"{self._program.name} did not answer within {self._program.patience:g} s: {self._said()}"
                )
            answer.result()
        finally:
            end.cancel()
            answer.cancel()
            await asyncio.gather(end, answer, return_exceptions=True)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens when it has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self) -> None:
        """End it: asked first, killed after its grace or when this wait is cancelled."""
        self.send(signal.SIGTERM)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._program.grace):
                    await self._process.wait()
        finally:
            self.send(signal.SIGKILL)
            await self._process.wait()

    def obituary(self) -> str:
        """Say in one sentence how it ended, and what it said last: its reason, unless it was killed unawares."""
        status = self._process.returncode
        if status == -signal.SIGKILL:
            return f"{self._program.name} was ended by SIGKILL (log: {self._program.log})"
        how = f"was ended by {signal.Signals(-status).name}" if status and status < 0 else f"ended with status {status}"
        return f"{self._program.name} {how}: {self._said()}"

    async def _answers(self) -> None:
        while not await self._program.answers(self.pid):
            await asyncio.sleep(PROBE_INTERVAL_S)

    def _said(self) -> str:
        with self._program.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, end - TAIL_BYTES))
            tail = log.read().decode(errors="replace")
        return f"{last_words(tail)} (log: {self._program.log})"


async def spawn(program: Program) -> Running:
    """Start `program` in a session of its own; raises `CannotStart` when the system refuses."""
    try:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        if program.log.exists() and program.log.stat().st_size > MAX_LOG_BYTES:
            program.log.replace(program.log.with_suffix(".log.1"))
        with program.log.open("ab") as log:
            log_start = log.tell()
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **program.env},
                cwd=program.folder,
                start_new_session=True,
                preexec_fn=_dying_with(os.getpid()),
            )
            return Running(program, process, log_start)
    except OSError as refusal:
        raise CannotStart(f"{program.name} can not be started: {refusal}.") from refusal


async def complete(
    name: str,
    argv: tuple[str, ...],
    *,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = 60,
) -> None:
    """Run `argv` in `folder` to its end; raises `CannotStart` when that is not success within `seconds`."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env={**os.environ, **(env or {})},
        cwd=folder,
        start_new_session=True,
        preexec_fn=_dying_with(os.getpid()),
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await process.communicate()
    except TimeoutError as late:
        raise CannotStart(f"{name} did not end within {seconds:g} s.") from late
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise CannotStart(f"{name} failed: {last_words(said.decode(errors='replace'))}")


def _dying_with(parent: int) -> Callable[[], None]:
    """Give what a child runs between fork and exec, so that the kernel kills it when `parent` is gone."""

    def bind() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return bind
