"""How the platform does, read from MongoDB and from this process's metrics: at most once a second, whoever looks."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from prometheus_client.metrics import MetricWrapperBase

from services.gateway.views.shared_reads import SharedReads
from shared.clock import utc_now
from shared.mongo import Database, Document, OperationFailure
from shared.process.heartbeats import recent
from shared.storage.checkpoints import Checkpoint, read_all
from shared.storage.publication import Publication, read_publication
from shared.storage.waiting_events import Unpublished, read_unpublished
from shared.telemetry import HTTP_SECONDS, MONGO_CONNECTIONS, READS_WAITING, logger
from shared.telemetry.failures import describe

FRESH_SECONDS: Final = 0.9
"""A younger sample answers further requests."""
KEPT: Final = 10
"""Samples that are kept. Rates are those between the first and the last of them."""
KEPT_SECONDS: Final = 15.0
PAGE_COUNTS_WITHIN: Final = 0.4
"""Seconds after which counting unpublished events stops: fewer than for `ticketstream status`, as a page is waiting."""

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of the platform at one time; `taken` is of the monotonic clock. The last three are of this process.

    `unpublished` is None when MongoDB does not read on from the relay's position, for instance when its oplog lost it.
    """

    at: datetime
    taken: float
    heartbeats: Sequence[Document]
    publication: Publication
    checkpoints: Sequence[Checkpoint]
    unpublished: Unpublished | None
    events: int
    tickets: int
    requests: float
    reads_waiting: float
    connections: float


class PlatformReads:
    """Takes samples, and keeps the last ones."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._shared: SharedReads[None, Sequence[Sample]] = SharedReads()

    async def read(self) -> Sequence[Sample]:
        """Return the last samples, at least one, the newest at the end.

        Raises `NotInitialisedError` or `PyMongoError`.
        """
        return await self._shared.read(None, self._read)

    async def _read(self) -> Sequence[Sample]:
        now = monotonic()
        while self._samples and self._samples[0].taken < now - KEPT_SECONDS:
            self._samples.popleft()
        if not self._samples or self._samples[-1].taken < now - FRESH_SECONDS:
            self._samples.append(await self._take())
        return tuple(self._samples)

    async def _take(self) -> Sample:
        db = self._db
        heartbeats = await recent(db)
        publication = await read_publication(db)
        checkpoints = await read_all(db)
        return Sample(
            at=utc_now(),
            taken=monotonic(),
            heartbeats=heartbeats,
            publication=publication,
            checkpoints=checkpoints,
            unpublished=await _count_unpublished(db, publication),
            events=await db.events.estimated_document_count(),
            tickets=await db.tickets.estimated_document_count(),
            requests=_total(HTTP_SECONDS, "_count"),
            reads_waiting=_total(READS_WAITING),
            connections=_total(MONGO_CONNECTIONS),
        )


async def _count_unpublished(db: Database, publication: Publication) -> Unpublished | None:
    try:
        return await read_unpublished(db, publication, seconds=PAGE_COUNTS_WITHIN)
    except OperationFailure as refused:
        log.warning("unpublished_uncounted", code=refused.code, reason=describe(refused))
        return None


def _total(metric: MetricWrapperBase, suffix: str = "") -> float:
    """Return the sum of a metric over its labels, of the samples whose name ends so."""
    return sum(sample.value for family in metric.collect() for sample in family.samples if sample.name.endswith(suffix))
