import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded.child_process import Program
from deploy.embedded.start_error import StartError
from services.cli.local.children import next_pause
from services.cli.local.stack import ProcessState
from services.cli.local.supervisor import Supervisor

SERVES = """
import os, signal, sys, time
from pathlib import Path
def end(*_):
    with open(sys.argv[2], "a") as order:
        order.write(sys.argv[1] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", os.getpid(), os.environ["TICKETSTREAM_RESTARTS"], flush=True)
time.sleep(60)
"""


class Told:
    """Collects the sentences of a supervisor."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.states: tuple[ProcessState, ...] = ()

    def change(self, states: tuple[ProcessState, ...]) -> None:
        self.states = states

    async def until(self, *states: tuple[str, str, int]) -> None:
        async with asyncio.timeout(10):
            while [(child.name, child.state, child.restarts) for child in self.states] != list(states):
                await asyncio.sleep(0.02)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def supervisor(told: Told) -> AsyncIterator[Supervisor]:
    made = Supervisor(told.sentences.append, told.change)
    yield made
    await made.stop()


def child(folder: Path, name: str, code: str = SERVES, patience: float = 10) -> Program:
    log = folder / f"{name}.log"

    async def answers(pid: int) -> bool:
        return f"up {pid} " in log.read_text()

    return Program(name, (sys.executable, "-c", code, name, str(folder / "order")), log, answers, patience=patience)


async def test_a_killed_child_is_started_again_with_its_number_of_restarts(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    await supervisor.start([child(tmp_path, "one"), child(tmp_path, "two")])
    assert [(state.name, state.state) for state in told.states] == [("one", "running"), ("two", "running")]
    for restarts in (1, 2):
        killed = told.states[0].pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await told.until(("one", "running", restarts), ("two", "running", 0))
        assert told.states[0].pid != killed
    assert [line.split()[2] for line in (tmp_path / "one.log").read_text().splitlines()] == ["0", "1", "2"]
    assert told.sentences == [
        f"one was ended by SIGKILL (log: {tmp_path / 'one.log'}); restarting it in {pause} s"
        for pause in ("0.2", "0.4")
    ]


async def test_groups_end_in_the_reverse_order_of_their_start(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    await supervisor.start([child(tmp_path, "engine")])
    await supervisor.start([child(tmp_path, "service")], [child(tmp_path, "front")])
    await supervisor.stop()
    assert (tmp_path / "order").read_text().split() == ["front", "service", "engine"]
    assert all(not Path(f"/proc/{state.pid}").exists() for state in told.states)


async def test_a_child_that_never_starts_is_given_up_after_three_attempts(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    broken = child(tmp_path, "broken", "raise SystemExit('no such cluster')")
    with pytest.raises(StartError, match=r"^broken ended with status 1: no such cluster \(log: .*broken\.log\)$"):
        await supervisor.start([broken, child(tmp_path, "sound")])
    assert len(told.sentences) == 2
    await told.until(("broken", "stopped", 2), ("sound", "running", 0))


async def test_a_child_that_does_not_answer_in_time_is_given_up_at_once(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    began = time.monotonic()
    with pytest.raises(StartError, match=r"^mute did not answer within 0\.5 s"):
        await supervisor.start([child(tmp_path, "mute", "import time; time.sleep(60)", patience=0.5)])
    assert told.sentences == []
    assert time.monotonic() - began < 5


async def test_a_failed_supervision_ends_the_start(told: Told, tmp_path: Path) -> None:
    def full_disk(states: tuple[ProcessState, ...]) -> None:
        if states[-1].pid:
            raise StartError("run.new cannot be written")
        told.change(states)

    supervisor = Supervisor(told.sentences.append, full_disk)
    with pytest.raises(StartError, match=r"^run\.new cannot be written$"):
        await asyncio.wait_for(supervisor.start([child(tmp_path, "one")]), 10)


async def test_a_failed_supervision_ends_the_watch(told: Told, tmp_path: Path) -> None:
    def full_disk(states: tuple[ProcessState, ...]) -> None:
        if states[0].state == "restarting":
            raise StartError("run.new cannot be written")
        told.change(states)

    supervisor = Supervisor(told.sentences.append, full_disk)
    await supervisor.start([child(tmp_path, "one")])
    pid = told.states[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(StartError, match=r"^run\.new cannot be written$"):
        await asyncio.wait_for(supervisor.watch(), 10)


async def test_a_chore_that_ends_is_done_with_and_one_that_fails_ends_the_watch(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    fails, done = asyncio.Event(), list[str]()

    async def short() -> None:
        done.append("short")

    async def failing() -> None:
        await fails.wait()
        raise StartError("no room")

    supervisor.beside(short())
    await supervisor.start([child(tmp_path, "one")])
    supervisor.beside(failing(), short())
    watching = asyncio.create_task(supervisor.watch())
    await asyncio.wait({watching}, timeout=0.2)
    assert not watching.done()
    assert done == ["short", "short"]
    fails.set()
    with pytest.raises(StartError, match=r"^no room$"):
        await asyncio.wait_for(watching, 10)


async def test_a_stop_ends_the_chores(supervisor: Supervisor, tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def chore() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    supervisor.beside(chore())
    await supervisor.start([child(tmp_path, "one")])
    await supervisor.stop()
    assert ended.is_set()


@pytest.mark.parametrize(
    ("previous", "lived", "pause"),
    [(0, 0.1, 0.2), (0.2, 0.1, 0.4), (0.4, 29.9, 0.8), (6.4, 1, 10), (10, 1, 10), (10, 30, 0.2)],
)
def test_the_pause_doubles_up_to_ten_seconds_and_is_short_again_after_a_steady_run(
    previous: float, lived: float, pause: float
) -> None:
    assert next_pause(previous, lived) == pause
