"""How a service process starts, ends on a signal, and fails: one sentence and a non-zero exit."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import uvloop
from pydantic import ValidationError
from pydantic_settings import BaseSettings

GARBAGE = 20_000
"""New objects before the youngest are looked through for cycles: more than hundreds of requests at once hold."""

S = TypeVar("S", bound=BaseSettings)


def read_settings(model: type[S]) -> S:
    """Read settings from the environment; ends the process with one sentence when one is missing or wrong."""
    try:
        return model()
    except ValidationError as wrong:
        prefix = model.model_config.get("env_prefix", "")
        problems = "; ".join(
            f"{prefix}{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}" for problem in wrong.errors()
        )
        sys.exit(f"Wrong settings: {problems}")


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run `main` until it returns; SIGINT and SIGTERM cancel it once, so that it can end in order."""

    async def until_signalled() -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task

        def stop() -> None:
            if not task.cancelling():
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        try:
            await main()
        except asyncio.CancelledError:
            if not task.cancelling():
                raise

    gc.freeze()  # what was imported stays: looking through it over and over took a tenth of a busy service
    gc.set_threshold(GARBAGE)
    uvloop.run(until_signalled())


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
