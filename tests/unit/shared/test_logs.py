"""The log lines of a process, written by its own modules and by libraries."""

import errno
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog

from services.projector import applied_offsets, awaited_directory, giving_up, partitions
from services.projector.projection_log import log as log_of_projection
from shared.telemetry import configure_logging, logger
from shared.telemetry.repeats import MAX_KINDS

WRITES_MUCH = """
import logging
from shared.telemetry import configure_logging, logger
configure_logging("test")
for number in range(1_000):
    logger("ours").info("events_appended", events=["one:1"] * 100)
logging.getLogger("aiokafka").error("Unable to update metadata")
print("went on")
"""


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Yield a text stream to which this process logs as a service does."""
    root = logging.getLogger()
    handlers, level, written = root.handlers[:], root.level, StringIO()
    configure_logging("test", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(log: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_time_and_event_come_first(log: StringIO) -> None:
    logger("ours").info("said", a=1)
    logger("ours").error("failed", event_id="x", exc_info=ValueError())
    logging.getLogger("aiokafka").warning("away")
    assert [list(line)[:2] for line in lines(log)] == [["timestamp", "event"]] * 3


def test_a_library_that_repeats_itself_is_written_once(log: StringIO) -> None:
    library = logging.getLogger("aiokafka")
    for node in range(1_000):
        library.error("Unable connect to node with id %s: %s", node, OSError(errno.ECONNREFUSED, "refused"))
        library.error("Unable to update metadata from %s", [node])
    assert [(line["logger"], line["event"][:14]) for line in lines(log)] == [
        ("aiokafka", "Unable connect"),
        ("aiokafka", "Unable to upda"),
    ]


def test_a_different_line_of_a_library_is_written(log: StringIO) -> None:
    library = logging.getLogger("mode")
    for _ in range(10):
        library.error("%s", "the coordinator is away")
        library.error("%s", "the coordinator is back")
        for failure in ValueError(), KeyError():
            library.error("Crashed", exc_info=failure)
    assert [line["event"] for line in lines(log)] == [
        "the coordinator is away",
        "the coordinator is back",
        "Crashed",
        "Crashed",
    ]


def test_a_library_s_tracebacks_are_written_once(log: StringIO) -> None:
    for _ in range(100):
        try:
            raise ConnectionError("Connect call failed ('127.0.0.1', 9092)")
        except ConnectionError:
            logging.getLogger("mode").exception("Crashed reason=%r", "away")
    (line,) = lines(log)
    assert line["exception"]["kind"] == "ConnectionError"


def test_own_warnings_are_written_once_per_subject(log: StringIO) -> None:
    ours, others = logger("ours"), logger("others")
    for failures in range(100):
        ours.warning("batch_failed", kind="KafkaError", reason=f"{failures} s without an answer", failures=failures)
        ours.error("partition_stopped", partition=failures % 3, offset=7)
        ours.warning("command_unavailable", ticket=str(failures), command="OpenTicket")
        others.info("events_appended", events=["one:1"])
    written = [line["event"] for line in lines(log)]
    assert {event: written.count(event) for event in written} == {
        "batch_failed": 1,
        "partition_stopped": 3,
        "command_unavailable": 100,
        "events_appended": 100,
    }


def test_lines_about_many_tickets_do_not_let_other_warnings_pass(log: StringIO) -> None:
    ours, others = logger("ours"), logger("others")
    for minute in range(3):
        others.warning("heartbeat_missed", reason="MongoDB is away")
        for number in range(MAX_KINDS + 1):
            ours.warning("command_unavailable", ticket=f"{minute}-{number}", command="AddMessage")
    written = [line["event"] for line in lines(log)]
    assert written.count("heartbeat_missed") == 1
    assert written.count("command_unavailable") == 3 * (MAX_KINDS + 1)


def test_a_warning_is_written_again_after_its_module_logged_progress(log: StringIO) -> None:
    ours = logger("ours")
    for _ in range(2):
        ours.warning("relay_interrupted")
        ours.warning("relay_interrupted")
        ours.info("relay_started")
    assert [line["event"] for line in lines(log)] == ["relay_interrupted", "relay_started"] * 2


@pytest.mark.parametrize("module", [giving_up, partitions, awaited_directory, applied_offsets])
def test_the_progress_of_the_projection_lets_warnings_of_its_parts_pass(module: ModuleType) -> None:
    assert module.log is log_of_projection


def test_a_line_counts_those_that_were_left_out(log: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, library = logger("ours"), logging.getLogger("aiokafka")
    for _ in range(5):
        ours.error("relay_interrupted", kind="KafkaError")
        library.warning("Marking the coordinator dead (node %s)", 1)
    monkeypatch.setattr("shared.telemetry.repeats.EVERY_SECONDS", 0.0)
    ours.error("relay_interrupted", kind="KafkaError")
    library.warning("Marking the coordinator dead (node %s)", 1)
    assert [line.get("left_out") for line in lines(log)] == [None, None, 4, 4]


def test_a_full_disk_under_the_log_does_not_stop_the_process() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", WRITES_MUCH], stderr=full, stdout=subprocess.PIPE, check=False, text=True
        )
    assert (ended.returncode, ended.stdout) == (0, "went on\n")
