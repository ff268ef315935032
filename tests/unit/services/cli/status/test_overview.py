from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from services.cli.local.stack import ProcessState, Stack
from services.cli.status.overview import Status, status_of
from services.cli.status.pipeline import Facts
from services.cli.status.status_text import age, show
from services.cli.status.views_lag import Lag
from shared.storage.checkpoints import Checkpoint, StoppedPartition
from shared.storage.publication import Refill
from shared.storage.waiting_events import Unpublished
from tests.support.data.positions import checkpoint_at, publication

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KAFKA = ProcessState(name="kafka", pid=21, state="restarting", restarts=2)
RUNNING = ProcessState(name="command-1", pid=22, state="running", restarts=0)
ELSEWHERE = Stack(kafka="k:9092", mongo="mongodb://m", database="ticketstream", topic_prefix="")
UP = ELSEWHERE.model_copy(update={"url": "http://127.0.0.1:80", "pid": 20, "processes": (KAFKA,)})


def beat(name: str, **facts: Any) -> dict[str, Any]:
    service = name.partition("-")[0]
    return {"_id": name, "service": service, "pid": 7, "restarts": 1, "url": None, "relayFailure": None} | facts


def facts(*heartbeats: dict[str, Any], checkpoints: Sequence[Checkpoint] = (), refill: Refill | None = None) -> Facts:
    return Facts(
        list(heartbeats), publication(ends={0: 5}, refill=refill), list(checkpoints), Unpublished(0, None, exact=True)
    )


def shown(status: Status, width: int = 80) -> str:
    written = StringIO()
    show(status, Console(file=written, width=width))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def test_a_stack_of_up_is_shown_from_its_file() -> None:
    status = status_of(UP, facts(beat("gateway", url="http://inside")), [], NOW)
    assert (status.url, status.processes) == ("http://127.0.0.1:80", (KAFKA,))


def test_another_stack_is_shown_from_its_heartbeats() -> None:
    heartbeats = facts(beat("command-1", url="http://127.0.0.1:81"), beat("gateway", url="https://127.0.0.1:82"))
    status = status_of(ELSEWHERE, heartbeats, [], NOW)
    assert status.url == "https://127.0.0.1:82"
    assert status.processes == (
        ProcessState(name="command-1", service="command", pid=7, state="running", restarts=1),
        ProcessState(name="gateway", service="gateway", pid=7, state="running", restarts=1),
    )


def test_processes_are_sorted_by_service() -> None:
    heartbeats = facts(beat("0b", service="projector"), beat("1a", service="command"), beat("2c", service="projector"))
    processes = status_of(ELSEWHERE, heartbeats, [], NOW).processes
    assert [(process.service, process.name) for process in processes] == [
        ("command", "1a"),
        ("projector", "0b"),
        ("projector", "2c"),
    ]


@pytest.mark.parametrize("everywhere", ["http://0.0.0.0:8000", "http://[::]:8000", "http://:::8000"])
def test_an_unusable_address_is_not_shown(everywhere: str) -> None:
    containers = facts(beat("3f", service="gateway", url=everywhere))
    assert status_of(ELSEWHERE, containers, [], NOW).url is None
    usable = facts(*containers.heartbeats, beat("4f", service="gateway", url="https://edge.example:443"))
    assert status_of(ELSEWHERE, usable, [], NOW).url == "https://edge.example:443"


def test_stopped_partitions_are_reported() -> None:
    stopped = StoppedPartition(0, 3, "version 5 follows 3")
    status = status_of(UP, facts(checkpoints=[checkpoint_at(0, 3, stopped=stopped), checkpoint_at(1, 0)]), [NOW], NOW)
    assert status.stopped == (stopped,)
    assert status.lag == Lag(2, 0, exact=True)


def test_a_relay_that_can_not_publish_is_a_problem_beside_others() -> None:
    heartbeats = facts(beat("command-1", relayFailure="the topic lost events"), beat("command-2"))
    status = status_of(UP, heartbeats, None, NOW, "Kafka does not answer.")
    assert status.problems == ("Kafka does not answer.", "command-1 does not publish: the topic lost events")


def test_it_reads_as_a_table_and_a_line_for_each_thing_to_know() -> None:
    status = Status(
        url="http://127.0.0.1:8080",
        processes=(KAFKA, ProcessState(name="command-1", pid=None, state="starting", restarts=0)),
        lag=Lag(1_234_567, 850, exact=False),
        stopped=(StoppedPartition(3, 17, "the event [1] is " + "long " * 20),),
        problems=("Kafka does not answer.",),
    )
    assert shown(status) == (
        "http://127.0.0.1:8080\n"
        "process    pid  state       restarts\n"
        "kafka       21  restarting         2\n"
        "command-1       starting           0\n"
        "lag: at least 1,234,567 events, the oldest received 850 ms ago\n"
        f"stopped: partition 3 at offset 17: the event [1] is {'long ' * 19}long\n"
        "problem: Kafka does not answer."
    )


def test_of_containers_it_shows_what_is_known() -> None:
    heartbeats = facts(
        beat("d3dc041acb05", service="gateway", pid=1, restarts=None, url="http://0.0.0.0:8000"),
        beat("0b7cd6c4a6a9", service="command", pid=1, restarts=None),
    )
    assert shown(status_of(ELSEWHERE, heartbeats, [], NOW)) == (
        "process       service  state\n"
        "0b7cd6c4a6a9  command  running\n"
        "d3dc041acb05  gateway  running\n"
        "lag: 0 events, 0 ms"
    )


def test_where_nothing_runs_there_is_no_table() -> None:
    assert shown(status_of(ELSEWHERE, facts(), [], NOW)) == "lag: 0 events, 0 ms"


def test_services_that_are_monitored_show_where() -> None:
    monitoring = {"command-1": "http://127.0.0.1:9101"}
    status = Status(url=None, processes=(KAFKA, RUNNING), monitoring=monitoring)
    assert shown(status) == (
        "process    pid  state       restarts  monitoring\n"
        "kafka       21  restarting         2\n"
        "command-1   22  running            0  http://127.0.0.1:9101"
    )


@pytest.mark.parametrize(
    ("behind", "line"),
    [
        (Lag(0, 0, exact=True), "lag: 0 events, 0 ms"),
        (Lag(1, 1_000, exact=True), "lag: 1 event, the oldest received 1.0 s ago"),
        (Lag(2, None, exact=True), "lag: 2 events, received at an unknown time"),
        (None, ""),
    ],
)
def test_the_lag_reads_as_a_sentence(behind: Lag | None, line: str) -> None:
    status = Status(url=None, processes=(KAFKA,), lag=behind)
    assert shown(status).removeprefix(shown(Status(url=None, processes=(KAFKA,)))).strip() == line


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (59_999, "60 s"),
        (90_000, "1.5 min"),
        (3_600_000, "1.0 h"),
        (86_400_000 * 30, "30 d"),
    ],
)
def test_an_age_is_written_in_its_largest_unit(milliseconds: int, written: str) -> None:
    assert age(milliseconds) == written


def test_a_refill_is_shown_and_its_rest_counts_as_waiting() -> None:
    refill = Refill("t7", 1_500, 27_000)
    status = status_of(UP, facts(refill=refill), [], NOW)
    assert status.refill == refill
    assert status.model_dump(include={"refill"}) == {"refill": {"done": 1_500, "total": 27_000}}
    assert status.lag == Lag(25_500, None, exact=True)
    assert "refill: 1,500 of 27,000 events published again" in shown(status)
    assert status_of(UP, facts(), [], NOW).refill is None
