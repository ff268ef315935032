"""The publication position: how far the relay has published the event store, document `relay` of `progress`.

This module alone reads and writes that document. Its fields are those of `Publication`, in camelCase; partitions are
strings there. Each write is a compare-and-set: a relay or a command that knows an older position changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.explained_error import ExplainedError
from shared.mongo import AFTER, Database, Document, Timestamp, operation_time

FIRST_GENERATION = 1
RELAY = {"_id": "relay"}


class NotInitialisedError(ExplainedError):
    """The database was never set up."""


class PositionMovedError(Exception):
    """Another process changed the position: it began a refill or changed the withheld events."""


@dataclass(frozen=True, slots=True)
class WithheldEvent:
    """The first event of a ticket that Kafka refused, when it was `sent`, and Kafka's reason."""

    version: int
    sent: datetime
    reason: str


Withheld = Mapping[str, WithheldEvent]
"""The withheld events by ticket uid. The later events of such a ticket are unpublished too."""


@dataclass(frozen=True, slots=True)
class Refill:
    """A refill that is under way: every event of the tickets up to uid `after` is published again.

    `done` counts these events. `total` is MongoDB's estimate of all events when the refill began, or `done` if that is
    more.
    """

    after: str
    done: int
    total: int

    @property
    def left(self) -> int:
        """Return how many events are still to be published."""
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Publication:
    """The publication position.

    `generation`: its number; generations only increase. `base`: the offset at which it begins, by partition; 0 for a
    partition that is missing. `token`: the change stream's position up to which events are published; None before the
    first. `start_at`: the time in the event store at which the change stream begins as long as there is no token.
    `ends`: the topic's next offsets after these events, by partition. `refill`: the one under way. `topics`: the names
    of the topics that were ever created. `withheld`: the events that Kafka refused.
    """

    generation: int
    base: Mapping[int, int]
    token: Document | None
    start_at: Timestamp
    ends: Mapping[int, int]
    refill: Refill | None
    topics: tuple[str, ...]
    withheld: Withheld

    def first_offset(self, partition: int) -> int:
        """Return the offset at which the generation begins in a partition."""
        return self.base.get(partition, 0)

    @property
    def stream_position(self) -> Document:
        """Return the position in the change stream of `events` after which no event is published.

        All events before it are published, except the withheld tickets'.
        """
        return {"resumeAfter": self.token} if self.token else {"startAtOperationTime": self.start_at}


async def create_publication(db: Database, now: Timestamp) -> None:
    """Write the first publication position, with nothing published since `now`, unless there is one."""
    first: Document = {
        "generation": FIRST_GENERATION,
        "startAt": now,
        "token": None,
        "base": {},
        "ends": {},
        "refill": None,
        "topics": [],
    }
    await db.progress.update_one(RELAY, {"$setOnInsert": first}, upsert=True)


async def read_publication(db: Database) -> Publication:
    """Read the publication position; raises `NotInitialisedError` when there is none."""
    document = await db.progress.find_one(RELAY)
    if document is None:
        raise NotInitialisedError(f"The database {db.name} is not set up; run `ticketstream init`.")
    return _publication(document)


async def add_topics(db: Database, names: Iterable[str]) -> None:
    """Save that the topics with these names were created."""
    await db.progress.update_one(RELAY, {"$addToSet": {"topics": {"$each": list(names)}}})


async def follow_from_start(db: Database) -> None:
    """Forget the change stream's position, so that everything stored since `start_at` is published again.

    No relay may run meanwhile.
    """
    await db.progress.update_one(RELAY, {"$set": {"token": None}})


async def begin_refill(
    db: Database, known: Publication, base: Mapping[int, int] | None = None, *, beyond: int = 0
) -> Publication:
    """Begin a refill, after which the relay follows what is stored from now on; returns the new position.

    With `base`, a new generation begins at these offsets: projectors start there and ignore earlier records. Its
    number is the current second of MongoDB's clock, or the next after `known.generation` and `beyond` if that is
    higher. So a database that was restored never uses the number of a lost generation. Does nothing when the position
    is no longer `known`: another process was faster.
    """
    now = await operation_time(db)
    fields: Document = {
        "token": None,
        "startAt": now,
        "refill": {"after": "", "done": 0, "total": await db.events.estimated_document_count()},
        "withheld": {},
    }
    if base is not None:
        offsets = {str(partition): offset for partition, offset in base.items()}
        generation = max(known.generation + 1, beyond + 1, now.time)
        fields |= {"generation": generation, "base": offsets, "ends": offsets}
    begun = await db.progress.find_one_and_update(_same(known), {"$set": fields}, return_document=AFTER)
    return _publication(begun) if begun else await read_publication(db)


async def advance_refill(
    db: Database, known: Publication, after: str, done: int, offsets: Mapping[int, range], *, withheld: Withheld
) -> Publication:
    """Save that every event of the tickets up to `after` is published or withheld; returns the new position.

    Raises `PositionMovedError`.
    """
    same = _same(known) | {"refill": {"$ne": None}}
    return await _save(
        db, same, known, {"refill.after": after, "refill.done": done}, withheld=withheld, offsets=offsets
    )


async def end_refill(db: Database, known: Publication) -> Publication:
    """Save that every event stored before `start_at` is published or withheld; returns the new position.

    Raises `PositionMovedError`.
    """
    return await _save(db, _same(known), known, {"refill": None}, withheld=known.withheld, offsets={})


async def advance(
    db: Database, known: Publication, token: Document, offsets: Mapping[int, range], *, withheld: Withheld
) -> Publication:
    """Save that every event before `token` in the change stream is published or withheld; returns the new position.

    Raises `PositionMovedError`.
    """
    same = _same(known) | {"refill": None}
    return await _save(db, same, known, {"token": token}, withheld=withheld, offsets=offsets)


async def advance_withheld(
    db: Database, known: Publication, offsets: Mapping[int, range], *, withheld: Withheld
) -> Publication:
    """Save which events are still withheld after some were published; returns the new position.

    Raises `PositionMovedError`.
    """
    return await _save(db, _same(known), known, {}, withheld=withheld, offsets=offsets)


async def _save(
    db: Database,
    same: Document,
    known: Publication,
    fields: Document,
    *,
    withheld: Withheld,
    offsets: Mapping[int, range],
) -> Publication:
    """Write `fields` and the ends after `offsets` if the same events are withheld as in `known`.

    If not, another relay may have published later events of a ticket that this one withholds. Ends only grow: a relay
    that lost its lease saves a last time, and must not hide records that its successor wrote and Kafka may lose.
    """
    if list(withheld.items()) != list(known.withheld.items()):
        fields = fields | {"withheld": _document(withheld)}
    ends = {f"ends.{partition}": written.stop for partition, written in offsets.items()}
    update = {operator: values for operator, values in (("$set", fields), ("$max", ends)) if values}
    if not update:
        return known
    as_known = same | {"withheld": _document(known.withheld) if known.withheld else {"$in": [None, {}]}}
    saved = await db.progress.find_one_and_update(as_known, update, return_document=AFTER)
    if saved is None:
        raise PositionMovedError
    return _publication(saved)


def _same(known: Publication) -> Document:
    """Return the filter that finds the position only if no refill began since it was read."""
    return RELAY | {"generation": known.generation, "startAt": known.start_at}


def _publication(document: Document) -> Publication:
    refill = document["refill"]
    return Publication(
        generation=document["generation"],
        base=_by_partition(document.get("base") or {}),
        token=document["token"],
        start_at=document["startAt"],
        ends=_by_partition(document["ends"]),
        refill=Refill(refill["after"], refill["done"], max(refill["done"], refill["total"])) if refill else None,
        topics=tuple(document.get("topics") or ()),
        withheld={
            ticket: WithheldEvent(note["version"], note["sent"], note["reason"])
            for ticket, note in (document.get("withheld") or {}).items()
        },
    )


def _by_partition(offsets: Mapping[str, int]) -> dict[int, int]:
    return {int(partition): offset for partition, offset in offsets.items()}


def _document(withheld: Withheld) -> Document:
    """Return `withheld` as it is stored; a comparison with the stored document needs the same order of fields."""
    return {
        ticket: {"version": event.version, "sent": event.sent, "reason": event.reason}
        for ticket, event in withheld.items()
    }
