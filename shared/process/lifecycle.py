"""The life of a service process: its start, its end on a signal, and its failure with a sentence and exit status 1."""

import asyncio
import ctypes
import gc
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import uvloop
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsError

from shared.process.settings import why_unread
from shared.process.variable_names import variable
from shared.telemetry import logger
from shared.telemetry.failures import facts_of

GARBAGE = 20_000
"""New objects between two runs of the garbage collector: more than hundreds of concurrent requests hold."""

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""Numbers of two settings of glibc's malloc (mallopt(3))."""
LARGE = 512 * 1024
"""Bytes of an allocation above which glibc returns freed memory to the system at once."""

log = logger(__name__)

S = TypeVar("S", bound=BaseSettings)


def read_settings(model: type[S]) -> S:
    """Return the settings from the environment and files. Exits with one sentence when any is missing or wrong."""
    try:
        return model()
    except ValidationError as wrong:
        reasons = "; ".join(map(_reason, wrong.errors()))
    except (OSError, SettingsError) as unreadable:
        reasons = why_unread(unreadable.__cause__ or unreadable)
    sys.exit(f"Wrong settings: {reasons}; `ticketstream settings` lists them all.")


def _reason(problem: ErrorDetails) -> str:
    """Return what is wrong, without the value, which may be a secret."""
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{variable(str(problem['loc'][0]))}: {reason[0].lower()}{reason[1:]}" if problem["loc"] else reason


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run `main` until it returns. SIGINT, SIGTERM and SIGHUP cancel it once, so that it can end in order.

    A terminal sends SIGHUP when it is closed. Under `nohup` the signal does nothing.
    """

    async def until_signalled() -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task

        def stop() -> None:
            if not task.cancelling():
                task.cancel()

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_unhandled)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, stop)
        try:
            await main()
        except asyncio.CancelledError:
            if not task.cancelling():
                raise

    open_more_files()
    gc.freeze()  # imported objects stay: examining them at each run took a tenth of a busy service's time
    gc.set_threshold(GARBAGE)
    uvloop.run(until_signalled())


def _log_unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log a failure that nothing awaits. Asyncio's own message would quote the failure and a callback's arguments."""
    failure = context.get("exception")
    log.error("unhandled_failure", **(facts_of(failure) if failure else {"reason": context["message"]}))


def open_more_files() -> None:
    """Raise the limit of open files to the highest allowed number. Each connection counts as one file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError) as refused:  # macOS has a lower limit than the one it reports
        log.warning("files_limited", reason=str(refused))


def give_back_memory() -> None:
    """Return freed allocations above `LARGE` bytes to the system at once.

    By default glibc keeps larger and larger ones, and large texts leave holes between them. A projector with large
    texts grew to twice the size. Other C libraries keep their defaults.
    """
    with suppress(AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(MMAP_THRESHOLD, LARGE)
        libc.mallopt(TRIM_THRESHOLD, 16 * LARGE)


def run_service(main: Callable[[], Awaitable[None]]) -> None:
    """Run a service as `run` does. Log a failure in one line, and exit with 1."""
    try:
        run(main)
    except Exception as failure:
        _log_failure(failure)
        sys.exit(1)


def _log_failure(failure: Exception) -> None:
    """Log the failure that ended the process in one line."""
    while isinstance(failure, ExceptionGroup) and len(failure.exceptions) == 1:
        failure = failure.exceptions[0]
    log.critical("process_failed", **facts_of(failure))


async def alongside(main: Awaitable[None], *background: Coroutine[object, object, None]) -> None:
    """Run `main` to its end while `background` runs. The first failure ends all.

    `background` is cancelled after `main` has ended, so a server can finish its requests with all that they need.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in background]
        try:
            await main
        finally:
            for task in tasks:
                task.cancel()
