"""How a service process starts, ends on a signal, and fails: one sentence and a non-zero exit."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import uvloop
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsError

from shared.failures import facts_of
from shared.settings import variable, why_unread
from shared.telemetry import logger

GARBAGE = 20_000
"""New objects before the youngest are looked through for cycles: more than hundreds of requests at once hold."""

log = logger(__name__)

S = TypeVar("S", bound=BaseSettings)


def read_settings(model: type[S]) -> S:
    """Read settings from the environment and files; ends the process with one sentence when any is missing or wrong."""
    try:
        return model()
    except ValidationError as wrong:
        reasons = "; ".join(map(_reason, wrong.errors()))
    except (OSError, SettingsError) as unreadable:
        reasons = why_unread(unreadable.__cause__ or unreadable)
    sys.exit(f"Wrong settings: {reasons}; `ticketstream settings` lists them all.")


def _reason(problem: ErrorDetails) -> str:
    """Say what is wrong, without the value: it may be a secret."""
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{variable(str(problem['loc'][0]))}: {reason[0].lower()}{reason[1:]}" if problem["loc"] else reason


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run `main` until it returns; SIGINT and SIGTERM cancel it once, so that it can end in order."""

    async def until_signalled() -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task

        def stop() -> None:
            if not task.cancelling():
                task.cancel()

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_say_unhandled)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            await main()
        except asyncio.CancelledError:
            if not task.cancelling():
                raise

    gc.freeze()  # what was imported stays: looking through it over and over took a tenth of a busy service
    gc.set_threshold(GARBAGE)
    uvloop.run(until_signalled())


def _say_unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what nobody awaits; asyncio itself would quote the failure, and what a callback was given."""
    failure = context.get("exception")
    log.error("unhandled_failure", **(facts_of(failure) if failure else {"reason": context["message"]}))


def run_service(main: Callable[[], Awaitable[None]]) -> None:
    """Run a service as `run` does; what it fails with is logged in one line, and the process ends with 1."""
    try:
        run(main)
    except Exception as failure:
        _say_why(failure)
        sys.exit(1)


def _say_why(failure: Exception) -> None:
    """Log what ended the process in one line."""
    while isinstance(failure, ExceptionGroup) and len(failure.exceptions) == 1:
        failure = failure.exceptions[0]
    log.critical("process_failed", **facts_of(failure))


async def alongside(main: Awaitable[None], *background: Coroutine[object, object, None]) -> None:
    """Await `main` while `background` runs; what fails first ends all, and `background` outlives `main`'s clean end.

    So a server can finish its requests with everything that they need still running.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in background]
        try:
            await main
        finally:
            for task in tasks:
                task.cancel()
