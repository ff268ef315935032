"""`ticketstream bench …`: it measures, prints what it measured, and leaves nothing running."""

import os
import signal
from pathlib import Path

import pytest

from tests.support.processes.command_line import ended, line_with, started
from tests.support.processes.processes_in_folder import working_in

pytestmark = pytest.mark.long

ONE_ROUND = "tests.support.processes.short_bench"


async def test_a_short_run_shows_every_server_and_every_target(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path), "COLUMNS": "160", "PATH": os.environ["PATH"]}
    words = ("bench", "commands", "--seconds", "0.5", "--connections", "1,4")
    async with started(*words, environment=environment, module=ONE_ROUND) as process:
        outcome = await ended(process, seconds=300)
    assert outcome.code == 0, outcome.err
    for shown in (
        "parses and validates",
        "insert_one, then send_and_wait",
        "one command service",
        "through the gateway",
    ):
        assert shown in outcome.out
    for promised in ("command service / bare, 4", "a lone command", "relay", "answer to topic at 50/s, p99"):
        assert promised in outcome.out
    assert working_in(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (
            ("reads", "--tickets", "300", "--seconds", "0.5", "--connections", "2"),
            (
                "list, first page",
                "as many bytes from memory",
                "list, each another page",
                "detail, each another ticket",
                "feed, each another second",
                "statistics, a town",
                "list, common word",
                "raw read",
                "models",
            ),
        ),
        (
            ("projection", "--tickets", "3000", "--events", "6000"),
            ("projector / raw, known tickets", "projector / raw, new tickets"),
        ),
        (
            ("latency", "--tickets", "300", "--seconds", "2"),
            ("answer to list at 50/s, p50", "answer to list at a third of the highest rate, p50"),
        ),
    ],
    ids=["reads", "projection", "latency"],
)
async def test_a_short_run_of_the_read_side_shows_every_promise(
    tmp_path: Path, words: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    environment = {"TMPDIR": str(tmp_path), "COLUMNS": "160", "PATH": os.environ["PATH"]}
    async with started("bench", *words, environment=environment, module=ONE_ROUND) as process:
        outcome = await ended(process, seconds=300)
    assert outcome.code == 0, outcome.err
    for what in shown:
        assert what in outcome.out
    assert "loading tickets" in outcome.err
    assert working_in(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


async def test_an_idle_platform_is_measured_with_all_its_processes(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path), "COLUMNS": "160", "PATH": os.environ["PATH"]}
    async with started("bench", "idle", "--seconds", "1", environment=environment, module=ONE_ROUND) as process:
        outcome = await ended(process, seconds=300)
    assert outcome.code == 0, outcome.err
    names = [line.split()[0] for line in outcome.out.splitlines()[1:6]]
    assert names == ["projector-1", "command", "gateway", "mongod", "kafka"]
    assert "processes of the idle platform together" in outcome.out
    assert list(tmp_path.iterdir()) == []


async def test_a_record_is_a_page_and_a_picture_of_all_benchmarks(tmp_path: Path) -> None:
    docs, work = tmp_path / "docs", tmp_path / "work"
    docs.mkdir()
    work.mkdir()
    environment = {"TMPDIR": str(work), "COLUMNS": "160", "PATH": os.environ["PATH"]}
    words = ("bench", "record", "--tickets", "3000", "--docs", str(docs))
    async with started(*words, environment=environment, module=ONE_ROUND) as process:
        outcome = await ended(process, seconds=600)
    assert outcome.code == 0, outcome.err
    page = (docs / "benchmarks.md").read_text()
    for title in ("Commands", "Reads", "Projection", "Latency", "Idle"):
        assert f"## {title}\n" in page
        assert f">{title}</text>" in (docs / "benchmarks.svg").read_text()
    for what in ("command service / bare, 256", "models", "projector / raw, new tickets", "mongod beside it"):
        assert what in page
        assert what in outcome.out
    assert list(work.iterdir()) == []


async def test_an_invalid_number_of_connections_is_refused() -> None:
    async with started("bench", "commands", "--connections", "4,many") as process:
        outcome = await ended(process)
    assert outcome.code == 2
    assert "give numbers from 1 to 1000" in outcome.err


async def test_engines_that_do_not_answer_are_reported_and_nothing_keeps_running(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path), "PATH": os.environ["PATH"]}
    async with started("bench", "commands", "--kafka", "127.0.0.1:1", environment=environment) as process:
        outcome = await ended(process)
    (folder,) = tmp_path.iterdir()
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.splitlines()[-2:] == [
        "The benchmark failed: Kafka at 127.0.0.1:1 does not answer; start it, or give another one with --kafka.",
        f"The logs are in {folder}/logs.",
    ]
    assert working_in(tmp_path) == {}


async def test_a_signal_stops_it_in_order_and_removes_its_folder(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path), "PATH": os.environ["PATH"]}
    async with started("bench", "commands", environment=environment) as process:
        await line_with(process.stderr, "starting engines and services")
        process.send_signal(signal.SIGTERM)
        outcome = await ended(process)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "The benchmark was stopped before its end.\n")
    assert working_in(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []
