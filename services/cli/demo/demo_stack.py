"""The stack of the demonstration: `ticketstream up` as a child process."""

import asyncio
import os
import re
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from deploy.embedded.child_process import Program, Running
from services.cli.demo.demo_error import DemoError
from shared.process.settings import SECRETS_DIR
from shared.process.variable_names import variable

READY_WITHIN = 180
"""Seconds; `up` itself gives up earlier when a process does not answer."""
STOPPED_WITHIN = 25
ENDED_WITHIN = 2
OWN_ENGINES = {variable("kafka"): "", variable("mongo"): "", SECRETS_DIR: os.devnull}
"""Settings that keep the demonstration away from the engines that the user works with."""

Result = TypeVar("Result")

_READY = re.compile(r"^ready (\S+)$", re.MULTILINE)


def program(folder: Path) -> Program:
    """Return the stack that keeps its files in `folder`, as a program; its terminal output goes to a log there."""

    async def answers(_pid: int) -> bool:
        return bool(address(folder))

    return Program(
        name="ticketstream up",
        argv=(sys.executable, "-m", "services.cli", "up", "--data", str(folder)),
        log=_output(folder),
        answers=answers,
        env=OWN_ENGINES,
        patience=READY_WITHIN,
        grace=STOPPED_WITHIN,
    )


def address(folder: Path) -> str:
    """Return the base URL of the stack, or an empty string until it has printed that it is ready."""
    match = _READY.search(_output(folder).read_text())
    return match[1] if match else ""


def _output(folder: Path) -> Path:
    return folder / "logs" / "terminal.log"


async def while_up(stack: Running, work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of `work`; raises `DemoError` when the stack ends first, even if `work` fails too."""
    end, result = asyncio.create_task(stack.ended()), asyncio.create_task(work)
    try:
        await asyncio.wait({end, result}, return_when=asyncio.FIRST_COMPLETED)
        if result.done() and result.exception():  # the failed request may mean that the stack is ending
            await asyncio.wait({end}, timeout=ENDED_WITHIN)
        if end.done():
            raise DemoError(stack.describe_end())
        return result.result()
    finally:
        end.cancel()
        result.cancel()
        await asyncio.gather(end, result, return_exceptions=True)
