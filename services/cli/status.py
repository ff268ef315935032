"""What `ticketstream status` tells: the processes, the lag, and what does not go on by itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from services.cli.failures import EngineError, explained
from services.cli.lag import Lag, lag, unapplied
from services.cli.pipeline import Facts, read_facts, read_heads
from services.cli.refill import Refill, under_way
from services.cli.stack import NotRunning, ProcessState, Stack
from shared.clock import utc_now
from shared.heartbeats import SILENT_SECONDS, StoppedPartition
from shared.mongo import Document
from shared.relay_position import NotInitialisedError


class Status(BaseModel):
    """One look at a stack; `lag` is None when MongoDB does not tell it."""

    model_config = ConfigDict(frozen=True)

    url: str | None
    processes: tuple[ProcessState, ...]
    monitoring: dict[str, str] = {}
    lag: Lag | None = None
    refill: Refill | None = None
    stopped: tuple[StoppedPartition, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences: what can not be asked, and why the relay does not publish."""


async def look_at(stack: Stack) -> Status:
    """Ask the engines of `stack`; one that does not answer is a problem among others while `up` runs.

    Raises `NotRunning` when nothing runs, `EngineError` or `NotInitialisedError` when only MongoDB could tell.
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
        raise NotRunning(
            f"Nothing runs on the database {engines.database}: no service has given a sign of life for "
            f"{SILENT_SECONDS} seconds; start the services, for instance with `ticketstream up`."
        )
    try:
        with explained(engines):
            heads = await read_heads(engines, unapplied(facts.progress, facts.checkpoints))
    except EngineError as away:
        return status_of(stack, facts, None, utc_now(), str(away))
    return status_of(stack, facts, heads, utc_now())


def status_of(stack: Stack, facts: Facts, heads: list[datetime] | None, now: datetime, *problems: str) -> Status:
    """Put together what is known; processes that `up` did not start are those that say they live."""
    beats = sorted(facts.heartbeats, key=lambda beat: (beat["service"], beat["_id"]))
    gateways = (beat["url"] for beat in beats if beat["service"] == "gateway" and _is_address(beat["url"]))
    refill = under_way(facts.progress)
    return Status(
        url=stack.url or next(gateways, None),
        processes=stack.processes or tuple(map(_alive, beats)),
        monitoring=stack.monitoring,
        lag=lag(unapplied(facts.progress, facts.checkpoints), facts.unpublished, refill, heads, now),
        refill=refill,
        stopped=tuple(_stopped(facts.checkpoints)),
        problems=(*problems, *_unpublishing(facts.heartbeats)),
    )


def _alive(beat: Document) -> ProcessState:
    return ProcessState(
        name=beat["_id"], service=beat["service"], pid=beat["pid"], state="running", restarts=beat["restarts"]
    )


def _is_address(url: str) -> bool:
    """Tell whether a gateway can be reached there: one that listens everywhere does not know its address."""
    host = urlsplit(url).hostname
    try:
        return host is not None and not ip_address(host).is_unspecified
    except ValueError:
        return True


def _stopped(checkpoints: Iterable[Document]) -> Iterator[StoppedPartition]:
    for checkpoint in checkpoints:
        note = checkpoint.get("stopped")
        if note and note["offset"] == checkpoint["offset"]:
            yield StoppedPartition(checkpoint["_id"], note["offset"], note["reason"])


def _unpublishing(heartbeats: Iterable[Document]) -> Iterator[str]:
    for beat in heartbeats:
        if failure := beat["relayFailure"]:
            yield f"{beat['_id']} does not publish: {failure}"
