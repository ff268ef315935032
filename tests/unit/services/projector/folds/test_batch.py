"""The effect of a batch of records on the views, without Kafka and MongoDB."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.projector.folds.batch import (
    Changes,
    EventRecord,
    Stop,
    Ticket,
    apply,
    missing_entries,
    read,
    stored_ticket,
)
from services.projector.folds.day_counters import Cell
from services.projector.folds.documents import Document, ticket_document
from services.projector.folds.ticket_state import TicketState, freeze
from shared.contract import TicketEvent, dump
from shared.directory.entries import Directory
from shared.read_model.counter_layout import Dimension
from tests.unit.services.projector.folds.story import (
    AGENCY,
    AT_OTHER_AGENCY,
    AT_SHARED_PATRIMONY,
    DIRECTORY,
    OTHER_AGENCY,
    REFERENCED,
    SHARED_PATRIMONY,
    STRANGER,
    TICKET,
    UNKNOWN,
    after,
    event,
    opened,
    process_uid,
    updated,
)

SENT = datetime(2016, 5, 26, 23, tzinfo=UTC)
LONG_AGO = SENT - timedelta(days=1)
OPENED = opened()
ASSIGNED = event(
    "ProviderAssigned",
    2,
    provider=REFERENCED,
    date="2016-05-26T09:00:00Z",
    purpose={"purpose": "under contract", "providerAssignationPurposeType": "Purpose"},
)
MESSAGE = event("MessageAdded", 3, message="hello", messageAddedDate="2016-05-26T10:00:00Z")
CANCELLED = event("TicketCancelled", 4, date="2016-05-26T11:00:00Z")


def record(offset: int, version: int, each: TicketEvent) -> EventRecord:
    return EventRecord(offset, f"{TICKET}:{version}", dump(each))


def batch(
    *events: TicketEvent, first: int = 1, known: Ticket | None = None, feed_until: datetime = LONG_AGO
) -> tuple[Changes, Stop | None]:
    """Apply events, numbered from `first` on, at offsets from 100 on."""
    incoming, unreadable = read(record(100 + step, first + step, each) for step, each in enumerate(events))
    assert unreadable is None
    changes = Changes()
    stop = apply(changes, 3, incoming, {TICKET: known} if known else {}, directory=DIRECTORY, feed_until=feed_until)
    return changes, stop


def known(*events: TicketEvent) -> Ticket:
    return batch(*events)[0].known[TICKET]


def test_a_batch_writes_the_ticket_once_and_a_journal_line_for_each_event() -> None:
    changes, stop = batch(OPENED, ASSIGNED, MESSAGE)
    assert stop is None
    assert list(changes.tickets) == [TICKET]
    assert changes.tickets[TICKET]["version"] == 3
    assert [line["_id"] for line in changes.journal] == [f"{TICKET}:1", f"{TICKET}:2", f"{TICKET}:3"]
    assert [line["event"] for line in changes.journal] == [dump(OPENED), dump(ASSIGNED), dump(MESSAGE)]


def test_a_ticket_is_rendered_once_however_many_of_its_events_a_batch_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[int] = []

    def counted(state: TicketState, directory: Directory) -> Document:
        rendered.append(state.version)
        return ticket_document(state, directory)

    monkeypatch.setattr("services.projector.folds.batch.ticket_document", counted)
    changes, _ = batch(OPENED, *[MESSAGE] * 500)
    assert rendered == [501]
    assert len(changes.journal) == 501


def test_counters_add_up_over_a_batch_under_the_partition() -> None:
    changes, _ = batch(OPENED, CANCELLED)
    counted = {key: by for key, by in changes.counters.items() if by}
    values: dict[Dimension, str] = {"none": "", "agencies": AGENCY, "town": "tourcoing", "purpose": "frigoriste"}
    assert counted == {(3, Cell(dimension, value, "2016-05-26", "CLOSED")): 1 for dimension, value in values.items()}


def test_a_closing_moves_a_known_ticket_from_one_counter_to_the_other() -> None:
    changes, _ = batch(CANCELLED, first=2, known=known(OPENED))
    assert changes.counters[3, Cell("none", "", "2016-05-26", "CLOSED")] == 1
    assert changes.counters[3, Cell("none", "", "2016-05-26", "OPENED")] == -1


def test_events_that_the_views_have_are_passed_over() -> None:
    changes, stop = batch(OPENED, ASSIGNED, MESSAGE, known=known(OPENED, ASSIGNED))
    assert stop is None
    assert [line["version"] for line in changes.journal] == [3]
    assert changes.tickets[TICKET]["version"] == 3


def test_only_repeats_change_nothing() -> None:
    changes, stop = batch(OPENED, ASSIGNED, known=known(OPENED, ASSIGNED))
    assert (changes, stop) == (Changes(), None)


@pytest.mark.parametrize(
    ("events", "first", "offset", "reason"),
    [
        ((MESSAGE,), 2, 100, f"ticket {TICKET} awaits version 1, not 2"),
        ((MESSAGE,), 1, 100, f"ticket {TICKET} begins with MessageAdded, not with TicketOpened"),
        ((OPENED, MESSAGE, OPENED, MESSAGE), 1, 102, f"ticket {TICKET} is opened a second time by version 3"),
        (
            (opened(), updated(location={"agencyUid": UNKNOWN, "locationReferenceType": "AgencyLocation"})),
            1,
            101,
            f"ticket {TICKET} is tied to agency {UNKNOWN}, which is unknown",
        ),
    ],
)
def test_an_event_that_can_not_be_applied_stops_the_batch_before_it(
    events: tuple[TicketEvent, ...], first: int, offset: int, reason: str
) -> None:
    changes, stop = batch(*events, first=first)
    assert stop == Stop(offset, reason)
    assert [line["version"] for line in changes.journal] == list(range(1, offset - 100 + 1))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (EventRecord(7, f"{TICKET}:1", b"{"), "the body is not valid JSON"),
        (EventRecord(7, f"{TICKET}:1", b""), "the body is not valid JSON"),
        (EventRecord(7, "", dump(OPENED)), "its header ce_id is ''"),
        (EventRecord(7, f"{TICKET}:x", dump(OPENED)), f"its header ce_id is '{TICKET}:x'"),
        (EventRecord(7, f"{UNKNOWN}:1", dump(OPENED)), f"its header ce_id is '{UNKNOWN}:1'"),
    ],
)
def test_records_are_read_up_to_the_first_that_is_no_event(broken: EventRecord, reason: str) -> None:
    incoming, stop = read([record(6, 1, OPENED), broken, record(8, 2, MESSAGE)])
    assert [one.offset for one in incoming] == [6]
    assert stop is not None
    assert (stop.offset, stop.reason.startswith(reason)) == (7, True), stop.reason


@pytest.mark.parametrize(
    ("feed_until", "late"),
    [
        (SENT - timedelta(milliseconds=1), None),
        (SENT, SENT + timedelta(milliseconds=1)),
        (SENT + timedelta(hours=1), SENT + timedelta(hours=1, milliseconds=1)),
    ],
)
def test_an_event_of_a_closed_window_is_dated_just_after_it(feed_until: datetime, late: datetime | None) -> None:
    changes, _ = batch(OPENED, feed_until=feed_until)
    assert (changes.journal[0]["sent"], changes.journal[0].get("late")) == (SENT, late)


def test_a_corrected_commentary_is_updated_in_place() -> None:
    correction = event(
        "TicketEventInformationsCorrected",
        4,
        targetedEvent=process_uid(3),
        text="better",
        date="2016-05-26T12:00:00Z",
    )
    changes, _ = batch(correction, first=4, known=known(OPENED, ASSIGNED, MESSAGE))
    assert changes.corrected == {(TICKET, process_uid(3)): {"$set": {"message": b'"better"'}}}
    assert "better" in changes.tickets[TICKET]["words"]
    assert "un" not in changes.tickets[TICKET]["texts"]


@pytest.mark.parametrize(
    ("location", "update"),
    [
        (AT_OTHER_AGENCY, {"$set": {"agencies": [OTHER_AGENCY]}, "$unset": {"patrimony": ""}}),
        (AT_SHARED_PATRIMONY, {"$set": {"agencies": [OTHER_AGENCY, AGENCY], "patrimony": SHARED_PATRIMONY}}),
    ],
)
def test_a_ticket_that_moves_takes_its_journal_along(location: dict[str, str], update: dict[str, Any]) -> None:
    changes, _ = batch(updated(location=location), first=2, known=known(OPENED))
    assert changes.moved == {TICKET: update}


def test_a_ticket_whose_patrimony_changed_agencies_moves_its_journal() -> None:
    at_patrimony = known(opened(), updated(location=AT_SHARED_PATRIMONY))
    elsewhere = DIRECTORY.patrimonies[SHARED_PATRIMONY].model_copy(update={"agencyUids": (AGENCY,)})
    directory = replace(DIRECTORY, patrimonies={SHARED_PATRIMONY: elsewhere})
    incoming, _ = read([record(1, 3, MESSAGE)])
    changes = Changes()
    apply(changes, 3, incoming, {TICKET: at_patrimony}, directory=directory, feed_until=LONG_AGO)
    assert changes.moved == {TICKET: {"$set": {"agencies": [AGENCY], "patrimony": SHARED_PATRIMONY}}}
    both = f"{AGENCY},{OTHER_AGENCY}"
    counted = {cell.value: by for (_, cell), by in changes.counters.items() if cell.dimension == "agencies"}
    assert counted == {both: -1, AGENCY: 1}


def test_a_ticket_that_stays_moves_nothing() -> None:
    changes, _ = batch(updated(), first=2, known=known(OPENED))
    assert changes.moved == {}


def test_the_entries_that_a_batch_misses_are_those_its_events_name() -> None:
    stranger = event("MissionAccepted", 2, provider=STRANGER, comment="", date="2016-05-26T12:00:00Z")
    incoming, _ = read([record(1, 1, OPENED), record(2, 2, ASSIGNED), record(3, 3, stranger)])
    assert missing_entries(incoming, DIRECTORY) == {UNKNOWN}


@pytest.mark.parametrize(("text", "width"), [("x", 1), ("é", 1), ("\u2019", 2), ("中", 2), ("🔥", 4), ("中🔥", 4)])
def test_a_text_takes_as_many_bytes_a_letter_as_its_widest_letter_needs(text: str, width: int) -> None:
    state = after(opened(request=text))
    ticket = stored_ticket(ticket_document(state, DIRECTORY))
    assert ticket.size == len(freeze(state))
    assert ticket.memory == width * ticket.size
