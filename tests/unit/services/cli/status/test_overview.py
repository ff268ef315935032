from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from services.cli.exit_status import EngineError
from services.cli.local.stack import ProcessState, Stack
from services.cli.status.ages import age
from services.cli.status.overview import Engine, Status
from services.cli.status.overview import status_of as judged
from services.cli.status.pipeline import Facts, Flow
from services.cli.status.status_text import show
from services.cli.status.views_lag import Lag
from shared.mongo import Servers
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


def facts(
    *heartbeats: dict[str, Any],
    checkpoints: Sequence[Checkpoint] = (),
    refill: Refill | None = None,
    away: Sequence[str] = (),
) -> Facts:
    flow = Flow(publication(ends={0: 5}, refill=refill), list(checkpoints), Unpublished(0, None, exact=True))
    return Facts(Servers("8.0.4", ("m:27017",), tuple(away)), list(heartbeats), flow)


WELL = (beat("command-1"), beat("gateway"), beat("projector-1"))


def status_of(
    stack: Stack,
    known: Facts | EngineError,
    heads: list[datetime] | EngineError | None = None,
    brokers: int | EngineError = 1,
) -> Status:
    return judged(stack, known, brokers, heads, NOW)


def shown(status: Status, width: int = 80) -> str:
    written = StringIO()
    show(status, Console(file=written, width=width))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def test_a_stack_of_up_is_shown_from_its_file() -> None:
    status = status_of(UP, facts(beat("gateway", url="http://inside")), [])
    assert (status.url, status.processes) == ("http://127.0.0.1:80", (KAFKA,))


def test_another_stack_is_shown_from_its_heartbeats() -> None:
    heartbeats = facts(beat("command-1", url="http://127.0.0.1:81"), beat("gateway", url="https://127.0.0.1:82"))
    status = status_of(ELSEWHERE, heartbeats, [])
    assert status.url == "https://127.0.0.1:82"
    assert status.processes == (
        ProcessState(name="command-1", service="command", pid=7, state="running", restarts=1),
        ProcessState(name="gateway", service="gateway", pid=7, state="running", restarts=1),
    )


def test_processes_are_sorted_by_service() -> None:
    heartbeats = facts(beat("0b", service="projector"), beat("1a", service="command"), beat("2c", service="projector"))
    processes = status_of(ELSEWHERE, heartbeats, []).processes
    assert [(process.service, process.name) for process in processes] == [
        ("command", "1a"),
        ("projector", "0b"),
        ("projector", "2c"),
    ]


@pytest.mark.parametrize("everywhere", ["http://0.0.0.0:8000", "http://[::]:8000", "http://:::8000"])
def test_an_unusable_address_is_not_shown(everywhere: str) -> None:
    containers = facts(beat("3f", service="gateway", url=everywhere))
    assert status_of(ELSEWHERE, containers, []).url is None
    usable = facts(*containers.heartbeats, beat("4f", service="gateway", url="https://edge.example:443"))
    assert status_of(ELSEWHERE, usable, []).url == "https://edge.example:443"


def test_stopped_partitions_are_reported() -> None:
    stopped = StoppedPartition(0, 3, "version 5 follows 3")
    status = status_of(UP, facts(checkpoints=[checkpoint_at(0, 3, stopped=stopped), checkpoint_at(1, 0)]), [NOW])
    assert status.stopped == (stopped,)
    assert status.lag == Lag(2, 0, exact=True)


def test_a_relay_that_can_not_publish_is_a_problem_beside_others() -> None:
    heartbeats = facts(*WELL[1:], beat("command-1", relayFailure="the topic lost events"), beat("command-2"))
    status = status_of(ELSEWHERE, heartbeats, EngineError("Kafka does not answer."))
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
        beat("d3dc041acb05", service="gateway", pid=1, restarts=None, url="http://0.0.0.0:8000", version="1.2"),
        beat("0b7cd6c4a6a9", service="command", pid=1, restarts=None),  # an earlier release names no version
        beat("77d6c4a6a90b", service="projector", pid=1, restarts=None, version="1.2"),
    )
    assert shown(status_of(ELSEWHERE, heartbeats, [])) == (
        "process       service    version  state\n"
        "0b7cd6c4a6a9  command             running\n"
        "d3dc041acb05  gateway    1.2      running\n"
        "77d6c4a6a90b  projector  1.2      running\n"
        "MongoDB 8.0.4: answers\n"
        "Kafka: answers\n"
        "lag: 0 events, 0 ms\n"
        "all is well"
    )


def test_where_nothing_runs_it_says_how_to_start() -> None:
    status = status_of(ELSEWHERE, facts(), [])
    assert not status.ok
    assert shown(status) == (
        "MongoDB 8.0.4: answers\n"
        "Kafka: answers\n"
        "lag: 0 events, 0 ms\n"
        "problem: Nothing runs on the database ticketstream: no service has written a heartbeat for 5 seconds; "
        "start the services, for instance with `ticketstream up`."
    )


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("gateway", "No gateway runs: clients cannot reach the platform."),
        ("command-1", "No command service runs: no command is accepted, and no event is published."),
        ("projector-1", "No projector runs: the views do not change."),
    ],
)
def test_a_kind_of_service_that_does_not_run_is_a_problem(missing: str, problem: str) -> None:
    status = status_of(ELSEWHERE, facts(*(one for one in WELL if one["_id"] != missing)), [])
    assert (status.problems, status.ok) == ((problem,), False)


def up(**states: str) -> Stack:
    processes = tuple(
        ProcessState.model_validate({"name": name.replace("_", "-"), "pid": 1, "state": state, "restarts": 0})
        for name, state in states.items()
    )
    return UP.model_copy(update={"processes": processes})


def test_every_process_of_up_must_run_and_write_heartbeats() -> None:
    running = dict.fromkeys(("kafka", "mongod", "gateway", "command_1", "projector_1"), "running")
    assert status_of(up(**running), facts(*WELL), []).problems == ()
    assert status_of(up(**running | {"kafka": "restarting"}), facts(*WELL), []).problems == (
        "The process kafka is restarting.",
    )
    assert status_of(up(**running, projector_2="running"), facts(*WELL), []).problems == (
        "The process projector-2 runs, but has written no heartbeat for 5 seconds.",
    )


def test_without_mongodb_the_rest_is_shown() -> None:
    status = status_of(up(mongod="restarting", kafka="running"), EngineError("MongoDB does not answer."))
    assert [one.name for one in status.processes] == ["mongod", "kafka"]
    assert status.engines == (Engine(name="MongoDB", answering=0), Engine(name="Kafka", answering=1, expected=1))
    assert (status.lag, status.stopped) == (None, ())
    assert status.problems == ("The process mongod is restarting.", "MongoDB does not answer.")


def test_servers_of_an_engine_that_are_away_are_a_problem() -> None:
    three = ELSEWHERE.model_copy(update={"kafka": "k:1,l:1,m:1"})
    status = status_of(three, facts(*WELL, away=["n:27017", "o:27017"]), [], brokers=2)
    assert "MongoDB 8.0.4: 1 of 3 servers answer\nKafka: 2 of 3 servers answer" in shown(status)
    assert status.problems == (
        "Of 3 servers of MongoDB only 1 answers.",
        "Of 3 servers of Kafka only 2 answer.",
    )
    assert status_of(ELSEWHERE, facts(*WELL), [], brokers=3).problems == ()


def test_views_that_are_late_are_a_problem() -> None:
    waiting = facts(*WELL, checkpoints=[checkpoint_at(0, 3)])
    assert status_of(ELSEWHERE, waiting, [NOW - timedelta(seconds=59)]).ok
    assert status_of(ELSEWHERE, waiting, [NOW - timedelta(minutes=90)]).problems == (
        "The views are 1.5 h behind; they should be less than a minute.",
    )


def test_a_database_that_is_not_set_up_is_a_problem() -> None:
    fresh = Facts(Servers("8.0.4", ("m:27017",), ()), list(WELL), None, ("The database is not set up.",))
    status = status_of(ELSEWHERE, fresh)
    assert (status.lag, status.problems) == (None, ("The database is not set up.",))


def test_services_that_are_monitored_show_where() -> None:
    monitoring = {"command-1": "http://127.0.0.1:9101"}
    status = Status(url=None, processes=(KAFKA, RUNNING), monitoring=monitoring)
    assert shown(status) == (
        "process    pid  state       restarts  monitoring\n"
        "kafka       21  restarting         2\n"
        "command-1   22  running            0  http://127.0.0.1:9101\n"
        "all is well"
    )


@pytest.mark.parametrize(
    ("behind", "line"),
    [
        (Lag(0, 0, exact=True), "lag: 0 events, 0 ms"),
        (Lag(1, 1_000, exact=True), "lag: 1 event, the oldest received 1.0 s ago"),
        (Lag(2, None, exact=True), "lag: 2 events, received at an unknown time"),
    ],
)
def test_the_lag_reads_as_a_sentence(behind: Lag, line: str) -> None:
    status = Status(url=None, processes=(KAFKA,), lag=behind)
    assert shown(status).splitlines()[2] == line


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
    status = status_of(UP, facts(refill=refill), [])
    assert status.refill == refill
    assert status.model_dump(include={"refill"}) == {"refill": {"done": 1_500, "total": 27_000}}
    assert status.lag == Lag(25_500, None, exact=True)
    assert "refill: 1,500 of 27,000 events published again" in shown(status)
    assert status_of(UP, facts(), []).refill is None
