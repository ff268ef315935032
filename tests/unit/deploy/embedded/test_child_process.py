import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded import log_files
from deploy.embedded.child_process import Program, complete, spawn
from deploy.embedded.start_error import StartError

ORPHANS_MAKER = """
import asyncio, sys
from pathlib import Path
from deploy.embedded.child_process import Program, spawn

async def answers(pid): return True

async def main():
    sleeper = Program("sleeper", ("sleep", "60"), Path(sys.argv[1]), answers)
    print((await spawn(sleeper)).pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., Program]:
    async def said_so(_pid: int) -> bool:
        return "up" in (tmp_path / "child.log").read_text().splitlines()

    def program(code: str, *, patience: float = 10, grace: float = 5) -> Program:
        argv = (sys.executable, "-c", code)
        return Program("child", argv, tmp_path / "child.log", said_so, patience=patience, grace=grace)

    return program


async def test_a_child_is_ready_when_it_answers_and_ends_when_asked(python: Callable[..., Program]) -> None:
    running = await spawn(python("import time; print('up', flush=True); time.sleep(60)"))
    await running.ready()
    await running.stop()
    assert await running.ended() == -signal.SIGTERM
    assert running.describe_end().startswith("child was ended by SIGTERM: up (log: ")


async def test_a_child_that_will_not_end_is_killed_after_its_grace(
    python: Callable[..., Program], tmp_path: Path
) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    running = await spawn(python(deaf, grace=0.2))
    await running.ready()
    await running.stop()
    assert await running.ended() == -signal.SIGKILL
    assert running.describe_end() == f"child was ended by SIGKILL (log: {tmp_path / 'child.log'})"


async def test_a_child_is_killed_when_its_stop_is_cancelled(python: Callable[..., Program]) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    running = await spawn(python(deaf, grace=60))
    await running.ready()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(running.stop(), 0.2)
    assert await running.ended() == -signal.SIGKILL


async def test_a_child_makes_files_for_its_owner_alone(python: Callable[..., Program], tmp_path: Path) -> None:
    making = "open({!r}, 'w')"
    await (await spawn(python(making.format(str(tmp_path / "one"))))).ended()
    await complete("the tool", (sys.executable, "-c", making.format(str(tmp_path / "two"))))
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("one", "two")] == [0o600, 0o600]


async def test_a_child_runs_in_its_folder(python: Callable[..., Program], tmp_path: Path) -> None:
    program = replace(python("import os; print(os.getcwd())"), folder=tmp_path)
    await (await spawn(program)).ended()
    assert program.log.read_text() == f"{tmp_path}\n"
    with pytest.raises(StartError, match=rf"^the tool failed: no {tmp_path}$"):
        await complete("the tool", (sys.executable, "-c", "import os; exit('no ' + os.getcwd())"), folder=tmp_path)


async def test_a_child_that_ends_is_not_waited_for_and_its_own_last_complaint_is_quoted(
    python: Callable[..., Program],
) -> None:
    program = python("import sys; sys.exit('the port is in use')")
    program.log.write_text("an old error\n")
    running = await spawn(program)
    with pytest.raises(StartError, match=r"^child ended with status 1: the port is in use \(log: .*child\.log\)$"):
        await running.ready()
    silent = await spawn(python("raise SystemExit(3)"))
    with pytest.raises(StartError, match=r"^child ended with status 3: it logged nothing"):
        await silent.ready()


async def test_the_wait_for_an_answer_is_bounded(python: Callable[..., Program]) -> None:
    running = await spawn(python("import time; time.sleep(60)", patience=0.2))
    with pytest.raises(StartError, match=r"^child did not answer within 0\.2 s"):
        await running.ready()
    await running.stop()


async def test_a_missing_program_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async def never(_pid: int) -> bool:
        return False

    with pytest.raises(StartError, match=r"^child cannot be started: .*No such file or directory"):
        await spawn(Program("child", ("/no/such/program",), tmp_path / "child.log", never))


async def test_a_long_log_makes_room_when_its_program_starts(
    python: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "MAX_LOG_BYTES", 10)
    program = python("print('new')")
    program.log.write_text("first\nsecond\nlast\n")
    await (await spawn(program)).ended()
    assert program.log.read_text() == "new\n"
    assert program.log.with_suffix(".log.1").read_text() == "last\n"


async def test_the_last_line_of_a_child_is_quoted_from_a_shortened_log(
    python: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = python(
        "print('much' * 100, 'up', sep='\\n', flush=True); input_ = open('go').read(); exit('no such file')"
    )
    program.log.write_text("before\n" * 100)
    os.mkfifo(program.log.with_name("go"))
    running = await spawn(replace(program, folder=program.log.parent))
    await running.ready()
    monkeypatch.setattr(log_files, "MAX_LOG_BYTES", 0)
    log_files.shorten(program.log)
    await asyncio.to_thread(program.log.with_name("go").write_text, "go")
    assert await running.ended() == 1
    assert running.describe_end().startswith("child ended with status 1: no such file (log: ")


async def test_a_tool_that_fails_or_takes_too_long_is_reported() -> None:
    await complete("the tool", (sys.executable, "-c", "print('done')"))
    with pytest.raises(StartError, match=r"^the tool failed: no such cluster$"):
        await complete("the tool", (sys.executable, "-c", "raise SystemExit('no such cluster')"))
    with pytest.raises(StartError, match=r"^the tool did not end within 0\.2 s\.$"):
        await complete("the tool", ("sleep", "60"), seconds=0.2)


async def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHANS_MAKER, str(tmp_path / "log"), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(10):
        child = int(await parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(5):
        while Path(f"/proc/{child}").exists():
            await asyncio.sleep(0.02)
