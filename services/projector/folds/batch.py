"""The effect of a batch on the views. Pure: takes records and known tickets, returns the changes to write."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.projector.folds.commentary import correction, may_correct
from services.projector.folds.day_counters import Cell, cells, delta
from services.projector.folds.documents import Document, journal_document, relocation, ticket_document
from services.projector.folds.references import unknown_uids
from services.projector.folds.table import fold
from services.projector.folds.ticket_state import CannotApply, TicketState, thaw
from shared.contract import (
    TicketEvent,
    TicketEventInformationsCorrected,
    Unreadable,
    parse_event,
)
from shared.directory.entries import Directory
from shared.storage.event_document import read_event_id

INSTANT = timedelta(milliseconds=1)
_WIDE, _WIDEST = re.compile(rb"[\xe0-\xf7]"), re.compile(rb"[\xf0-\xf7]")
"""First bytes of UTF-8 characters for which Python uses at least two bytes each, and four (an approximation)."""
LONGEST_ID = 100
"""Characters of an invalid id that a reason quotes."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A record of `ticket-events`: its offset, the event's id `<ticket uid>:<version>`, the event's JSON.

    `traceparent` continues the trace of the event's command. `generation` is the one that the record was published for.
    `foreign` says how the record shows that no relay wrote it; None for a record of the relay.
    """

    offset: int
    event_id: str
    value: bytes
    traceparent: str | None = None
    generation: int | None = None
    foreign: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record after reading: the ticket's event number `version`."""

    offset: int
    version: int
    event: TicketEvent
    body: bytes
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as stored in the views; without `state`, it is not in the views yet.

    `size`: bytes of its state as JSON. `memory`: about how many bytes its texts take in memory.
    """

    state: TicketState | None = None
    cells: frozenset[Cell] = frozenset()
    agencies: tuple[str, ...] = ()
    size: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a partition stops: the record at `offset` cannot be applied, for this reason."""

    offset: int
    reason: str


@dataclass(slots=True)
class Changes:
    """The writes of one transaction to the views, and the tickets as they are after it."""

    tickets: dict[str, Document] = field(default_factory=dict)
    journal: list[Document] = field(default_factory=list)
    traceparents: list[str | None] = field(default_factory=list)
    """The traceparent of each document of `journal`."""
    corrected: dict[tuple[str, str], Document] = field(default_factory=dict)
    """Updates of corrected commentaries, by ticket and `process`."""
    entries: dict[str, bytes | None] = field(default_factory=dict)
    """New entries of stored journal documents, by `_id`."""
    moved: dict[str, Document] = field(default_factory=dict)
    """Updates of all journal documents of tickets whose location changed, by ticket."""
    counters: Counter[tuple[int, Cell]] = field(default_factory=Counter)
    """Increments of the day counters, by partition and cell."""
    known: dict[str, Ticket] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tickets or self.journal or self.entries)


def read(records: Iterable[EventRecord]) -> tuple[list[Incoming], Stop | None]:
    """Read the records of a partition up to the first one that is not a valid event."""
    incoming: list[Incoming] = []
    for record in records:
        ticket, version = read_event_id(record.event_id)
        try:
            event = parse_event(record.value)
            if record.foreign:
                raise CannotApply(record.foreign)
            if version is None or event.aggregateUid != ticket:
                raise CannotApply(f"its header ce_id is {record.event_id[:LONGEST_ID]!r}, which is not this event's")
        except (Unreadable, CannotApply) as reason:
            return incoming, Stop(record.offset, str(reason))
        incoming.append(Incoming(record.offset, version, event, record.value, record.traceparent))
    return incoming, None


def missing_entries(incoming: Iterable[Incoming], directory: Directory) -> frozenset[str]:
    """Return the uids that the events refer to and the directory lacks."""
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
    """Add the effect of a partition's events to `changes`, up to the first event that cannot be applied.

    `tickets` contains each ticket of these events that is in the views. An event that is already in the views is
    skipped. An event received until `feed_until` is late, because its window is closed. It gets a second date just
    after `feed_until`.
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
    """Return the ticket of a stored document, as far as folding further events needs it."""
    return _ticket(thaw(document["state"]), document)


def _ticket(state: TicketState, document: Document) -> Ticket:
    frozen = document["state"]
    return Ticket(state, cells(document), tuple(document["agencies"]), len(frozen), len(frozen) * _width(frozen))


def _width(text: bytes) -> int:
    """Return how many bytes Python uses per character of a UTF-8 text: as many as its widest character needs."""
    if text.isascii() or not _WIDE.search(text):
        return 1
    return 4 if _WIDEST.search(text) else 2


def put(changes: Changes, partition: int, before: Ticket, state: TicketState, document: Document) -> None:
    """Add a ticket that replaces `before` to `changes`, with its counters and the agencies of its journal."""
    after = _ticket(state, document)
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
    """Fold one event and add it to the journal; raises `CannotApply` and leaves `changes` unchanged."""
    state = fold(before, one.event, one.version)
    line = journal_document(state, one.event, one.body, directory)
    if line["sent"] <= feed_until:
        line["late"] = feed_until + INSTANT
    if isinstance(one.event, TicketEventInformationsCorrected) and may_correct(one.event, state):
        changes.corrected[state.uid, one.event.targetedEvent] = correction(one.event, state)
    if before is not None and _location(before) != _location(state):
        changes.moved[state.uid] = relocation(line)
    changes.journal.append(line)
    changes.traceparents.append(one.traceparent)
    return state


def _location(state: TicketState) -> tuple[str | None, str | None]:
    return state.content.agency, state.content.patrimony
