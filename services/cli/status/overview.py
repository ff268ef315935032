"""What `ticketstream status` shows: the processes, the lag, and problems that need an operator."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import ip_address
from itertools import islice
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_serializer

from services.cli.exit_status import EngineError, explained
from services.cli.local.stack import NotRunningError, ProcessState, Stack
from services.cli.status.pipeline import Facts, read_facts, read_heads
from services.cli.status.views_lag import Lag, lag
from shared.clock import utc_now
from shared.mongo import Document
from shared.process.heartbeats import SILENT_SECONDS
from shared.storage.checkpoints import StoppedPartition
from shared.storage.event_document import event_id
from shared.storage.publication import NotInitialisedError, Refill, Withheld
from shared.storage.waiting_events import unapplied

MOST_WITHHELD = 5
"""Number of tickets with a withheld event that are named."""


class Status(BaseModel):
    """The state of a stack; `lag` is None when MongoDB does not answer."""

    model_config = ConfigDict(frozen=True)

    url: str | None
    processes: tuple[ProcessState, ...]
    monitoring: dict[str, str] = {}
    lag: Lag | None = None
    refill: Refill | None = None
    stopped: tuple[StoppedPartition, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences: which engine does not answer, why the relay does not publish, and which events are withheld."""

    @field_serializer("refill")
    def _counts(self, refill: Refill | None) -> dict[str, int] | None:
        return {"done": refill.done, "total": refill.total} if refill else None


async def look_at(stack: Stack) -> Status:
    """Return the state of `stack`. While `up` runs, an engine that does not answer is one of the `problems`.

    Raises `NotRunningError` when nothing runs. For a stack that `up` did not start, also raises `EngineError` or
    `NotInitialisedError`, because its state is known from MongoDB only.
    """
    engines = stack.engines()
    try:
        with explained(engines):
            facts = await read_facts(engines)
    except (EngineError, NotInitialisedError) as unknown:
        if not stack.processes:
            raise
        return Status(url=stack.url, processes=stack.processes, monitoring=stack.monitoring, problems=(str(unknown),))
    if not stack.processes and not facts.heartbeats:
        raise NotRunningError(
            f"Nothing runs on the database {engines.database}: no service has written a heartbeat for "
            f"{SILENT_SECONDS} seconds; start the services, for instance with `ticketstream up`."
        )
    try:
        with explained(engines):
            heads = await read_heads(engines, unapplied(facts.publication, facts.checkpoints))
    except EngineError as away:
        return status_of(stack, facts, None, utc_now(), str(away))
    return status_of(stack, facts, heads, utc_now())


def status_of(stack: Stack, facts: Facts, heads: list[datetime] | None, now: datetime, *problems: str) -> Status:
    """Return the state that these facts show. Processes that `up` did not start are known from their heartbeats."""
    beats = sorted(facts.heartbeats, key=lambda beat: (beat["service"], beat["_id"]))
    gateways = (beat["url"] for beat in beats if beat["service"] == "gateway" and _is_address(beat["url"]))
    refill = facts.publication.refill
    return Status(
        url=stack.url or next(gateways, None),
        processes=stack.processes or tuple(map(_alive, beats)),
        monitoring=stack.monitoring,
        lag=lag(unapplied(facts.publication, facts.checkpoints), facts.unpublished, refill, heads, now),
        refill=refill,
        stopped=tuple(filter(None, (one.stopped for one in facts.checkpoints))),
        problems=(*problems, *_unpublishing(facts.heartbeats), *_withheld(facts.publication.withheld)),
    )


def _alive(beat: Document) -> ProcessState:
    return ProcessState(
        name=beat["_id"], service=beat["service"], pid=beat["pid"], state="running", restarts=beat["restarts"]
    )


def _is_address(url: str) -> bool:
    """Return whether a gateway can be reached at `url`; 0.0.0.0, on which it listens everywhere, is not an address."""
    host = urlsplit(url).hostname
    try:
        return host is not None and not ip_address(host).is_unspecified
    except ValueError:
        return True


def _unpublishing(heartbeats: Iterable[Document]) -> Iterator[str]:
    for beat in heartbeats:
        if failure := beat["relayFailure"]:
            yield f"{beat['_id']} does not publish: {failure}"


def _withheld(withheld: Withheld) -> Iterator[str]:
    for ticket, event in islice(withheld.items(), MOST_WITHHELD):
        yield (
            f"Kafka refuses event {event_id(ticket, event.version)} ({event.reason}); it is withheld, with what "
            "follows it in its ticket, until the settings of the topic or the broker allow it."
        )
    if len(withheld) > MOST_WITHHELD:
        yield f"Kafka refuses events of {len(withheld) - MOST_WITHHELD} more tickets."
