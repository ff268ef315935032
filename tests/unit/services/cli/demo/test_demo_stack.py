import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded.child_process import Program, Running, spawn
from services.cli.demo.demo_error import DemoError
from services.cli.demo.demo_stack import address, while_up

UNTIL_TOLD = "import sys, time; print('cannot go on', flush=True); time.sleep(float(sys.argv[1])); sys.exit(3)"


def terminal(folder: Path, text: str) -> None:
    (folder / "logs").mkdir()
    (folder / "logs" / "terminal.log").write_text(text)


async def process(folder: Path, seconds: float) -> Running:
    async def answers(_pid: int) -> bool:
        return True

    return await spawn(Program("stack", (sys.executable, "-c", UNTIL_TOLD, str(seconds)), folder / "log", answers))


@pytest.fixture
async def steady(tmp_path: Path) -> AsyncIterator[Running]:
    running = await process(tmp_path, 60)
    yield running
    await running.stop()


def test_the_address_is_read_from_the_line_that_says_ready(tmp_path: Path) -> None:
    terminal(tmp_path, "starting Kafka and MongoDB …\nready http://127.0.0.1:8080\n")
    assert address(tmp_path) == "http://127.0.0.1:8080"


@pytest.mark.parametrize("said", ["", "starting the services …\n", "not ready http://127.0.0.1:1\n"])
def test_there_is_no_address_before_that(tmp_path: Path, said: str) -> None:
    terminal(tmp_path, said)
    assert address(tmp_path) == ""


async def test_work_on_a_steady_stack_is_done(steady: Running) -> None:
    assert await while_up(steady, asyncio.sleep(0, "done")) == "done"


async def test_a_failure_of_the_work_is_its_own_while_the_stack_runs(steady: Running) -> None:
    async def fail() -> None:
        raise DemoError("wrong answer")

    with pytest.raises(DemoError, match=r"^wrong answer$"):
        await while_up(steady, fail())


async def test_the_end_of_the_stack_is_why_the_work_failed(tmp_path: Path) -> None:
    async def fail() -> None:
        raise DemoError("no answer")

    with pytest.raises(DemoError, match=r"^stack ended with status 3: cannot go on \(log: .*\)$"):
        await while_up(await process(tmp_path, 0.2), fail())


async def test_the_end_of_the_stack_ends_work_that_waits(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"^stack ended with status 3: cannot go on \(log: .*\)$"):
        await asyncio.wait_for(while_up(await process(tmp_path, 0.1), asyncio.sleep(60)), 20)
