from pathlib import Path

import pytest

from deploy.embedded.errors import CannotStart
from deploy.embedded.folder import claim
from services.cli.stack import NotRunning, ProcessState, Stack, find, forget, record

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
        record(tmp_path, RUNNING)
        assert find(tmp_path) == RUNNING
        assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


def test_a_given_engine_is_taken_instead_of_the_running_one(tmp_path: Path) -> None:
    with claim(tmp_path):
        record(tmp_path, RUNNING)
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
        record(tmp_path, RUNNING)
        assert find(tmp_path, RUNNING.kafka, RUNNING.mongo) == RUNNING
        assert find(tmp_path, RUNNING.kafka, "mongodb://elsewhere").processes == ()


def test_a_stack_whose_owner_is_gone_is_not_running(tmp_path: Path) -> None:
    with claim(tmp_path):
        record(tmp_path, RUNNING)
    with pytest.raises(NotRunning, match=r"^No Ticketstream is running in .*; start one with `ticketstream up --data "):
        find(tmp_path)


def test_a_stack_that_was_stopped_or_never_was_is_not_running(tmp_path: Path) -> None:
    with claim(tmp_path):
        record(tmp_path, RUNNING)
        forget(tmp_path)
        with pytest.raises(NotRunning):
            find(tmp_path)
    with pytest.raises(NotRunning):
        find(tmp_path / "missing")


def test_a_record_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"run\.new can not be written \(No such file or directory\)"):
        record(tmp_path / "missing", RUNNING)
