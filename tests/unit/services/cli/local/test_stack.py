import asyncio
from pathlib import Path

import pytest

from deploy.embedded.data_folder import claim
from services.cli.local import stack
from services.cli.local.stack import NotRunningError, ProcessState, Stack, StackFile, find, remove_stack, save_stack
from tests.support.processes.other_user import as_another_user

RUNNING = Stack(
    url="http://127.0.0.1:8080",
    pid=1,
    kafka="127.0.0.1:9092",
    mongo="mongodb://127.0.0.1:27017",
    database="ticketstream",
    topic_prefix="",
    processes=(ProcessState(name="kafka", pid=2, state="running", restarts=0),),
)


def test_a_running_stack_is_found_by_its_folder(tmp_path: Path) -> None:
    with claim(tmp_path):
        save_stack(tmp_path, RUNNING)
        assert find(tmp_path) == RUNNING
        assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


def test_a_given_engine_replaces_the_recorded_one(tmp_path: Path) -> None:
    with claim(tmp_path):
        save_stack(tmp_path, RUNNING)
        found = find(tmp_path, kafka="elsewhere:9092")
    assert (found.kafka, found.mongo) == ("elsewhere:9092", "mongodb://127.0.0.1:27017")


def test_with_both_engines_given_no_stack_is_needed(tmp_path: Path) -> None:
    found = find(tmp_path, kafka="elsewhere:9092", mongo="mongodb://elsewhere")
    assert found.engines().model_dump() == {
        "kafka": "elsewhere:9092",
        "mongo": "mongodb://elsewhere",
        "database": "ticketstream",
        "topic_prefix": "",
    }
    assert found.url is None


def test_given_engines_are_those_of_the_running_stack_or_of_none(tmp_path: Path) -> None:
    with claim(tmp_path):
        save_stack(tmp_path, RUNNING)
        assert find(tmp_path, RUNNING.kafka, RUNNING.mongo) == RUNNING
        assert find(tmp_path, RUNNING.kafka, "mongodb://elsewhere").processes == ()


def test_a_stack_without_its_owner_is_not_running(tmp_path: Path) -> None:
    with claim(tmp_path):
        save_stack(tmp_path, RUNNING)
    with pytest.raises(
        NotRunningError, match=r"^No Ticketstream is running in .*; start one with `ticketstream up --data "
    ):
        find(tmp_path)


def test_a_stack_that_was_stopped_or_never_was_is_not_running(tmp_path: Path) -> None:
    with claim(tmp_path):
        save_stack(tmp_path, RUNNING)
        remove_stack(tmp_path)
        with pytest.raises(NotRunningError):
            find(tmp_path)
    with pytest.raises(NotRunningError):
        find(tmp_path / "missing")


async def test_a_failed_write_is_reported_once_and_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "RETRY_S", 0.01)
    folder, said = tmp_path / "data", list[str]()
    kept = StackFile(folder, RUNNING, said.append)
    keeping = asyncio.create_task(kept.keep())
    for state in RUNNING.processes, ():
        kept.change(state)
    await asyncio.sleep(0.1)
    (sentence,) = said
    assert sentence.startswith(
        f"{folder}/run.json cannot be written (No such file or directory); make room, or repair it."
    )
    with claim(folder):
        async with asyncio.timeout(10):
            while len(said) == 1:
                await asyncio.sleep(0.01)
        assert said[1] == f"{folder}/run.json is written again"
        assert find(folder) == RUNNING.model_copy(update={"processes": ()})
    keeping.cancel()


def test_a_folder_of_another_user_is_refused_with_one_sentence(tmp_path: Path) -> None:
    with claim(tmp_path):
        save_stack(tmp_path, RUNNING)
        with (
            as_another_user(),
            pytest.raises(NotRunningError, match=r"cannot be read \(Permission denied\); ask the user who"),
        ):
            find(tmp_path)
        with as_another_user():
            assert find(tmp_path, RUNNING.kafka, RUNNING.mongo).processes == ()
