"""A stack for the demonstration alone: `ticketstream up` as a child process, as its user would start it."""

import asyncio
import os
import re
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from deploy.embedded.process import Program, Running
from services.cli.demo.failure import DemoFailed
from shared.settings import SECRETS_DIR, variable

READY_WITHIN = 180
"""Seconds; `up` itself gives up earlier on a part that does not answer."""
STOPPED_WITHIN = 25
ENDED_WITHIN = 2
OWN_ENGINES = {variable("kafka"): "", variable("mongo"): "", SECRETS_DIR: os.devnull}
"""Whatever engines the user works with: the demonstration stays away from them."""

Result = TypeVar("Result")

_READY = re.compile(r"^ready (\S+)$", re.MULTILINE)


def program(folder: Path) -> Program:
    """Describe the stack that keeps its files in `folder`; what it says in the terminal goes to a log there."""

    async def answers(_pid: int) -> bool:
        return bool(address(folder))

    return Program(
        name="ticketstream up",
        argv=(sys.executable, "-m", "services.cli", "up", "--data", str(folder)),
        log=_said(folder),
        answers=answers,
        env=OWN_ENGINES,
        patience=READY_WITHIN,
        grace=STOPPED_WITHIN,
    )


def address(folder: Path) -> str:
    """Give the base URL of the stack, nothing as long as it has not said that it is ready."""
    match = _READY.search(_said(folder).read_text())
    return match[1] if match else ""


def _said(folder: Path) -> Path:
    return folder / "logs" / "terminal.log"


async def while_up(stack: Running, work: Coroutine[Any, Any, Result]) -> Result:
    """Give the result of `work`; raises `DemoFailed` when the stack ends before, whatever `work` makes of that."""
    end, result = asyncio.create_task(stack.ended()), asyncio.create_task(work)
    try:
        await asyncio.wait({end, result}, return_when=asyncio.FIRST_COMPLETED)
        if result.done() and result.exception():  # a request that failed may be the first sign of an end
            await asyncio.wait({end}, timeout=ENDED_WITHIN)
        if end.done():
            raise DemoFailed(stack.obituary())
        return result.result()
    finally:
        end.cancel()
        result.cancel()
        await asyncio.gather(end, result, return_exceptions=True)
