"""What `ticketstream status` shows: the processes, the engines, the lag, and what is wrong."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, computed_field, field_serializer

from services.cli.exit_status import EngineError, explained
from services.cli.local.stack import ProcessState, Stack
from services.cli.status import judgement
from services.cli.status.pipeline import Facts, Flow, count_brokers, read_facts, read_heads
from services.cli.status.views_lag import Lag, lag
from shared.clock import utc_now
from shared.mongo import Document
from shared.process.release import release
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import StoppedPartition
from shared.storage.publication import Refill
from shared.storage.waiting_events import unapplied

Answer = TypeVar("Answer")


class Engine(BaseModel):
    """MongoDB or Kafka: how many of its servers answer. `expected` and `version` are None when they are unknown."""

    model_config = ConfigDict(frozen=True)

    name: Literal["MongoDB", "Kafka"]
    answering: int
    expected: int | None = None
    version: str | None = None


class Status(BaseModel):
    """The state of a stack. What MongoDB knows is None or empty while it does not answer."""

    model_config = ConfigDict(frozen=True)

    url: str | None
    processes: tuple[ProcessState, ...]
    engines: tuple[Engine, ...] = ()
    monitoring: dict[str, str] = {}
    lag: Lag | None = None
    refill: Refill | None = None
    stopped: tuple[StoppedPartition, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences about all that is wrong, except the stopped partitions."""
    version: str = release()
    """The release of this command."""

    @computed_field  # type: ignore[prop-decorator]  # as pydantic's documentation says
    @property
    def ok(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.problems and not self.stopped

    @field_serializer("refill")
    def _counts(self, refill: Refill | None) -> dict[str, int] | None:
        return {"done": refill.done, "total": refill.total} if refill else None


async def look_at(stack: Stack) -> Status:
    """Return the state of `stack`, within some five seconds. An engine that does not answer is one of the problems."""
    engines = stack.engines()
    facts, brokers = await asyncio.gather(_asked(engines, read_facts(engines)), _asked(engines, count_brokers(engines)))
    heads: list[datetime] | EngineError | None = None
    if isinstance(facts, Facts) and facts.flow and isinstance(brokers, int):
        waiting = unapplied(facts.flow.publication, facts.flow.checkpoints)
        heads = await _asked(engines, read_heads(engines, waiting))
    return status_of(stack, facts, brokers, heads, utc_now())


async def _asked(engines: EngineSettings, question: Awaitable[Answer]) -> Answer | EngineError:
    try:
        with explained(engines):
            return await question
    except EngineError as away:
        return away


def status_of(
    stack: Stack,
    facts: Facts | EngineError,
    brokers: int | EngineError,
    heads: list[datetime] | EngineError | None,
    now: datetime,
) -> Status:
    """Return the state that these facts show. Processes that `up` did not start are known from their heartbeats.

    `brokers` is the number of Kafka's brokers that run. `heads` is when the first waiting event of each partition was
    received, or None if nobody asked.
    """
    known = facts if isinstance(facts, Facts) else None
    beats = sorted(known.heartbeats if known else (), key=lambda beat: (beat["service"], beat["_id"]))
    gateways = (beat["url"] for beat in beats if beat["service"] == "gateway" and _is_address(beat["url"]))
    flow = known.flow if known else None
    behind = _lag(flow, heads if isinstance(heads, list) else None, now) if flow else None
    engines = _mongodb(known), _kafka(stack, brokers)
    problems = (
        *judgement.not_running(stack.processes),
        *(str(away) for away in (facts, brokers, heads) if isinstance(away, EngineError)),
        *(sentence for one in engines for sentence in judgement.servers_away(one.name, one.answering, one.expected)),
        *(judgement.missing_services(stack.processes, beats, stack.database) if known else ()),
        *(known.objections if known else ()),
        *judgement.unpublishing(beats),
        *judgement.refused(flow.publication.withheld if flow else {}),
        *judgement.late(behind),
    )
    return Status(
        url=stack.url or next(gateways, None),
        processes=_with_versions(stack.processes, beats) or tuple(map(_alive, beats)),
        engines=engines,
        monitoring=stack.monitoring,
        lag=behind,
        refill=flow.publication.refill if flow else None,
        stopped=tuple(filter(None, (one.stopped for one in flow.checkpoints))) if flow else (),
        problems=problems,
    )


def _lag(flow: Flow, heads: list[datetime] | None, now: datetime) -> Lag | None:
    if flow.unpublished is None:
        return None
    waiting = unapplied(flow.publication, flow.checkpoints)
    return lag(waiting, flow.unpublished, flow.publication.refill, heads, now)


def _mongodb(facts: Facts | None) -> Engine:
    if facts is None:
        return Engine(name="MongoDB", answering=0)
    answering, away = len(facts.servers.answering), len(facts.servers.away)
    return Engine(name="MongoDB", answering=answering, expected=answering + away, version=facts.servers.version)


def _kafka(stack: Stack, brokers: int | EngineError) -> Engine:
    """Return Kafka's state. As many brokers are expected as the setting has addresses, or more if more run."""
    running, named = brokers if isinstance(brokers, int) else 0, len(stack.kafka.split(","))
    return Engine(name="Kafka", answering=running, expected=max(running, named))


def _with_versions(processes: Iterable[ProcessState], beats: Iterable[Document]) -> tuple[ProcessState, ...]:
    versions = {beat["_id"]: beat.get("version") for beat in beats}
    return tuple(one.model_copy(update={"version": versions.get(one.name)}) for one in processes)


def _alive(beat: Document) -> ProcessState:
    return ProcessState(
        name=beat["_id"],
        service=beat["service"],
        pid=beat["pid"],
        state="running",
        restarts=beat["restarts"],
        version=beat.get("version"),
    )


def _is_address(url: str) -> bool:
    """Return whether a gateway can be reached at `url`; 0.0.0.0, on which it listens everywhere, is not an address."""
    host = urlsplit(url).hostname
    try:
        return host is not None and not ip_address(host).is_unspecified
    except ValueError:
        return True
