"""Child processes, each with its own log. They end with the process that started them.

Only their owner can read the files that they create.
"""

import asyncio
import ctypes
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.data_folder import OTHERS
from deploy.embedded.end_reason import end_reason
from deploy.embedded.log_files import shorten
from deploy.embedded.start_error import StartError

TAIL_BYTES = 32_768
PROBE_INTERVAL_S = 0.05
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run, where it logs, and how to check that it answers.

    `answers` takes the process id and returns whether that process does its work. `patience` is the timeout of the
    first answer and `grace` that of an orderly end, both in seconds. `folder` is the working directory, in which the
    program may leave files, for instance a crash report.
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
        """Return the process id, also after the process has ended."""
        return self._process.pid

    async def ended(self) -> int:
        """Wait for the end and return the exit status; a negative one is a signal."""
        return await self._process.wait()

    async def ready(self) -> None:
        """Wait until the process answers; raises `StartError` when it ends, or does not answer within its patience."""
        end = asyncio.create_task(self.ended())
        answer = asyncio.create_task(self._answers())
        try:
            await asyncio.wait({end, answer}, timeout=self._program.patience, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                raise StartError(self.describe_end())
            if not answer.done():
                raise StartError(
                    f"{self._program.name} did not answer within {self._program.patience:g} s: {self._reason()}"
                )
            answer.result()
        finally:
            end.cancel()
            answer.cancel()
            await asyncio.gather(end, answer, return_exceptions=True)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; does nothing when the process has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self) -> None:
        """Stop the process: send SIGTERM, then SIGKILL after its grace or when this call is cancelled."""
        self.send(signal.SIGTERM)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._program.grace):
                    await self._process.wait()
        finally:
            self.send(signal.SIGKILL)
            await self._process.wait()

    def describe_end(self) -> str:
        """Return one sentence that says how the process ended, with the reason from its log unless SIGKILL ended it."""
        status = self._process.returncode
        if status == -signal.SIGKILL:
            return f"{self._program.name} was ended by SIGKILL (log: {self._program.log})"
        how = f"was ended by {signal.Signals(-status).name}" if status and status < 0 else f"ended with status {status}"
        return f"{self._program.name} {how}: {self._reason()}"

    async def _answers(self) -> None:
        while not await self._program.answers(self.pid):
            await asyncio.sleep(PROBE_INTERVAL_S)

    def _reason(self) -> str:
        with self._program.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            start = self._log_start if self._log_start <= end else 0  # the log was shortened since
            if end - start > TAIL_BYTES:
                log.seek(end - TAIL_BYTES)
                log.readline()  # skip an incomplete line
            else:
                log.seek(start)
            tail = log.read().decode(errors="replace")
        return f"{end_reason(tail)} (log: {self._program.log})"


async def spawn(program: Program) -> Running:
    """Start `program` in a new session; raises `StartError` when the system refuses."""
    try:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # if the old log cannot be kept, it is lost, as in `keep_short`
            shorten(program.log)
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
                preexec_fn=_bound_to(os.getpid()),
            )
            return Running(program, process, log_start)
    except OSError as refusal:
        raise StartError(f"{program.name} cannot be started: {refusal}.") from refusal


async def complete(
    name: str,
    argv: tuple[str, ...],
    *,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = 60,
) -> None:
    """Run `argv` in `folder` to its end; raises `StartError` unless it succeeds within `seconds`."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env={**os.environ, **(env or {})},
        cwd=folder,
        start_new_session=True,
        preexec_fn=_bound_to(os.getpid()),
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await process.communicate()
    except TimeoutError as late:
        raise StartError(f"{name} did not end within {seconds:g} s.") from late
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise StartError(f"{name} failed: {end_reason(said.decode(errors='replace'))}")


def _bound_to(parent: int) -> Callable[[], None]:
    """Return what a child runs between fork and exec: it makes files private, and ends the child with `parent`."""

    def bind() -> None:
        os.umask(OTHERS)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return bind
