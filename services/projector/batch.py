"""What a batch of records makes of the views: pure, from records and known tickets to the changes to write."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.projector.folds.commentary import correction
from services.projector.folds.documents import Document, journal_document, relocation, ticket_document
from services.projector.folds.references import unknown_uids
from services.projector.folds.state import CannotApply, TicketState, thaw
from services.projector.folds.stats import Cell, cells, delta
from services.projector.folds.table import fold
from shared.contract import (
    TicketEvent,
    TicketEventInformationsCorrected,
    Unreadable,
    parse_event,
)
from shared.directory import Directory

INSTANT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of `ticket-events`: its offset, the event's id `<ticket uid>:<version>`, the event's JSON.

    Besides, how to go on with its trace, and the generation that it was published for.
    """

    offset: int
    event_id: str
    value: bytes
    traceparent: str | None = None
    generation: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record that was read: the ticket's event number `version`."""

    offset: int
    version: int
    event: TicketEvent
    body: bytes
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as the views hold it; one without `state` is not in the views yet."""

    state: TicketState | None = None
    cells: frozenset[Cell] = frozenset()
    agencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A partition can not go on: the record at `offset` can not be applied, for this reason."""

    offset: int
    reason: str


@dataclass(slots=True)
class Changes:
    """What one transaction writes to the views, and the tickets as they are after it."""

    tickets: dict[str, Document] = field(default_factory=dict)
    journal: list[Document] = field(default_factory=list)
    traceparents: list[str | None] = field(default_factory=list)
    """How to go on with the trace of each line of the journal."""
    corrected: dict[tuple[str, str], Document] = field(default_factory=dict)
    """Updates of commentaries, by their ticket and `process`."""
    entries: dict[str, bytes | None] = field(default_factory=dict)
    """Entries of journal documents to write again, by `_id`."""
    moved: dict[str, Document] = field(default_factory=dict)
    """Updates of all journal documents of the tickets that are somewhere else now, by ticket."""
    counters: Counter[tuple[int, Cell]] = field(default_factory=Counter)
    """By partition and cell, how much to add."""
    known: dict[str, Ticket] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tickets or self.journal or self.entries)


def read(records: Iterable[Record]) -> tuple[list[Incoming], Stop | None]:
    """Read the records of a partition up to the first that is no event."""
    incoming: list[Incoming] = []
    for record in records:
        ticket, _, version = record.event_id.partition(":")
        try:
            event = parse_event(record.value)
            if not version.isdecimal() or event.aggregateUid != ticket:
                raise CannotApply(f"its header ce_id is {record.event_id!r}, which is not this event's")
        except (Unreadable, CannotApply) as reason:
            return incoming, Stop(record.offset, str(reason))
        incoming.append(Incoming(record.offset, int(version), event, record.value, record.traceparent))
    return incoming, None


def missing_entries(incoming: Iterable[Incoming], directory: Directory) -> frozenset[str]:
    """Tell the uids that the events name and the directory lacks."""
    return frozenset(uid for one in incoming for uid in unknown_uids(one.event, directory))


def apply(
    changes: Changes,
    partition: int,
    incoming: Sequence[Incoming],
    tickets: Mapping[str, Ticket],
    *,
    directory: Directory,
    feed_until: datetime,
) -> Stop | None:
    """Add to `changes` what a partition's events do, up to the first that can not be applied.

    `tickets` holds every ticket of the events that the views know. An event that the views have already is passed
    over; one received by `feed_until` gets a second date just after it, because that window of the feed is closed.
    """
    stop = None
    states: dict[str, TicketState] = {}
    for one in incoming:
        uid = one.event.aggregateUid
        state = states.get(uid) or _known(uid, changes, tickets).state
        if state is not None and one.version <= state.version:
            continue
        try:
            states[uid] = _step(changes, one, state, directory, feed_until)
        except CannotApply as reason:
            stop = Stop(one.offset, str(reason))
            break
    for uid, state in states.items():
        put(changes, partition, _known(uid, changes, tickets), state, ticket_document(state, directory))
    return stop


def stored_ticket(document: Document) -> Ticket:
    """Read a ticket out of its document, as far as folding on from it needs."""
    return Ticket(thaw(document["state"]), cells(document), tuple(document["agencies"]))


def put(changes: Changes, partition: int, before: Ticket, state: TicketState, document: Document) -> None:
    """Write a ticket in place of `before`: counted where it is now, its journal tied to the same agencies."""
    after = Ticket(state, cells(document), tuple(document["agencies"]))
    for cell, difference in delta(before.cells, after.cells).items():
        changes.counters[partition, cell] += difference
    if before.state is not None and before.agencies != after.agencies:
        changes.moved[state.uid] = relocation(document)
    changes.tickets[state.uid], changes.known[state.uid] = document, after


def _known(uid: str, changes: Changes, tickets: Mapping[str, Ticket]) -> Ticket:
    return changes.known.get(uid) or tickets.get(uid) or Ticket()


def _step(
    changes: Changes, one: Incoming, before: TicketState | None, directory: Directory, feed_until: datetime
) -> TicketState:
    """Fold one event and write it into the journal; raises `CannotApply` with `changes` as they were."""
    state = fold(before, one.event, one.version)
    line = journal_document(state, one.event, one.body, directory)
    if line["sent"] <= feed_until:
        line["late"] = feed_until + INSTANT
    if isinstance(one.event, TicketEventInformationsCorrected):
        changes.corrected[state.uid, one.event.targetedEvent] = correction(one.event, state)
    if before is not None and _location(before) != _location(state):
        changes.moved[state.uid] = relocation(line)
    changes.journal.append(line)
    changes.traceparents.append(one.traceparent)
    return state


def _location(state: TicketState) -> tuple[str | None, str | None]:
    return state.content.agency, state.content.patrimony
