"""What each event does to a ticket."""

import json
from typing import Any

import pytest

from services.projector.folds.table import FOLDS, fold
from services.projector.folds.ticket_state import CannotApply, freeze, thaw
from shared.contract import EVENT_FACTS, EventType, TicketEvent, parse_event
from tests.contract.shapes import CONTRACT, EVENTS
from tests.unit.services.projector.folds.story import (
    ANONYMOUS,
    AT_OTHER_AGENCY,
    OTHER_AGENCY,
    PHONE,
    PROVIDER,
    REFERENCED,
    TICKET,
    after,
    event,
    follow,
    head,
    item,
    opened,
    updated,
)

SAMPLES = {
    name: parse_event((CONTRACT / "examples" / f"event.{name}.json").read_bytes())
    for name in EVENTS
    if name != "TicketOpened"
}
CLOSED_AT_NINE = event("TicketArchived", closingDate="2016-05-26T11:00:00.000+02:00")
REPORT: dict[str, Any] = {
    "stillOnSite": "NA",
    "report": "Compresseur remplacé",
    "closingDate": "2016-05-26T09:00:00.000Z",
}


def outcome(*events: TicketEvent) -> dict[str, Any]:
    """Return status, state and closing date of a ticket after some events."""
    view = item(after(*events))
    return {"status": view["status"], "state": view["state"]["value"], "closed": view.get("closed")}


def test_every_event_has_its_row() -> None:
    assert [*FOLDS] == [*EVENTS]


def test_a_ticket_is_opened_with_its_state_and_dates() -> None:
    assert head(after(opened("2016-05-26T10:00:00+02:00"))) == {
        "uid": TICKET,
        "ref": TICKET,
        "agencies": [{"uid": "17d706c1-7844-00f5-a4a4-f1afa1975184", "name": "My Agency"}],
        "status": "OPENED",
        "state": {"value": "TicketOpened", "date": "2016-05-26T08:00:00.000Z"},
        "request": "Vitrine en panne",
        "created": "2016-05-26T08:00:00.000Z",
        "updated": "2016-05-26T08:00:00.000Z",
        "callPurpose": "frigoriste",
        "caller": {"name": "AutomatonCaller"},
        "address": {"street": "12 rue de Gand", "zipCode": "59200", "city": "Tourcoing"},
        "additionalDataz": {},
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_moves_state_and_status_of_an_open_ticket_as_the_contract_says(name: str) -> None:
    state = EVENTS[name]["state"]
    before, ticket = after(opened()), follow(after(opened()), [SAMPLES[name]])
    assert ticket.step == (state["value"] or "TicketOpened")
    assert (ticket.since == before.since) == (state["value"] is None)
    assert ticket.status == (state["status"] or "OPENED")
    assert (ticket.closed is not None) == (state["status"] == "CLOSED")


@pytest.mark.parametrize("name", SAMPLES)
def test_only_reopening_and_closings_move_state_and_status_of_a_closed_ticket(name: EventType) -> None:
    ticket = after(opened(), CLOSED_AT_NINE, SAMPLES[name])
    moved = EVENT_FACTS[name].status
    assert ticket.status == (moved or "CLOSED")
    assert ticket.step == (name if moved else "TicketArchived")
    assert ticket.closed == (None if name == "TicketReopened" else "2016-05-26T09:00:00.000Z")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_event_counts_as_a_version_and_shows_its_provider_even_on_a_closed_ticket(name: str) -> None:
    ticket = after(opened(), CLOSED_AT_NINE, SAMPLES[name])
    assert ticket.version == 3
    assert (ticket.provider is not None) == (getattr(SAMPLES[name], "provider", None) is not None)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_state_is_read_back_as_it_was_written(name: str) -> None:
    ticket = after(opened(), SAMPLES[name])
    assert thaw(freeze(ticket)) == ticket
    assert json.loads(freeze(ticket))["uid"] == TICKET


def test_a_ticket_closed_twice_keeps_the_first_closing_and_moves_its_state() -> None:
    second = event("TicketClosed", stillOnSite="No", closingDate="2016-05-27T09:00:00.000Z")
    view = item(after(opened(), CLOSED_AT_NINE, second))
    assert view["closed"] == "2016-05-26T09:00:00.000Z"
    assert view["state"] == {"value": "TicketClosed", "date": "2016-05-27T09:00:00.000Z"}


def test_a_ticket_reopened_and_closed_again_has_the_new_closing() -> None:
    reopening = event("TicketReopened", date="2016-05-27T07:00:00.000Z")
    again = event("TicketCancelled", date="2016-05-28T07:00:00.000Z")
    assert outcome(opened(), CLOSED_AT_NINE, reopening) == {
        "status": "OPENED",
        "state": "TicketReopened",
        "closed": None,
    }
    assert outcome(opened(), CLOSED_AT_NINE, reopening, again) == {
        "status": "CLOSED",
        "state": "TicketCancelled",
        "closed": "2016-05-28T07:00:00.000Z",
    }


def test_reopening_an_open_ticket_sets_its_state() -> None:
    reopening = event("TicketReopened", date="2016-05-27T07:00:00.000Z")
    assert outcome(opened(), reopening) == {"status": "OPENED", "state": "TicketReopened", "closed": None}


def test_state_follows_arrival_and_updated_follows_the_latest_journal_date() -> None:
    late = event("MissionAccepted", provider=REFERENCED, comment="", date="2016-05-26T08:30:00.000Z")
    early = event("ArrivedOnSite", provider=REFERENCED, date="2016-05-26T10:15:00.000+02:00")
    view = item(after(opened(), late, early))
    assert view["state"] == {"value": "ArrivedOnSite", "date": "2016-05-26T08:15:00.000Z"}
    assert view["updated"] == "2016-05-26T08:30:00.000Z"


@pytest.mark.parametrize(
    ("closings", "report"),
    [
        ([event("PermanentlyFixed", **REPORT)], "Compresseur remplacé"),
        ([event("PermanentlyFixed", **REPORT), event("PartiallyFixed", **REPORT | {"report": "Fuite"})], "Fuite"),
        (
            [event("PermanentlyFixed", **REPORT), event("PostponedFix", **REPORT | {"report": None})],
            "Compresseur remplacé",
        ),
        ([event("TicketClosed", **REPORT), event("TicketClosed", **REPORT | {"report": ""})], ""),
        ([event("TicketClosedImpossibleRepair", **REPORT), CLOSED_AT_NINE], "Compresseur remplacé"),
        (
            [event("PermanentlyFixed", **REPORT), event("TicketReopened", date="2016-05-26T09:30:00.000Z")],
            "Compresseur remplacé",
        ),
        ([CLOSED_AT_NINE], None),
    ],
)
def test_the_report_is_that_of_the_last_closing_that_has_one(closings: list[TicketEvent], report: str | None) -> None:
    assert head(after(opened(), *closings)).get("report") == report


def test_corrections_overwrite_the_texts_they_name() -> None:
    state = after(
        opened(instructions="Sonner"),
        event("PermanentlyFixed", **REPORT),
        event(
            "TicketInformationsCorrected",
            fieldsCorrected={"request": "Vitrine n° 2 en panne", "closingReport": "Moteur remplacé"},
            date="2016-05-26T10:00:00.000Z",
        ),
    )
    view = head(state)
    assert (view["request"], view["instructions"], view["report"]) == (
        "Vitrine n° 2 en panne",
        "Sonner",
        "Moteur remplacé",
    )
    corrected = event(
        "TicketInformationsCorrected",
        fieldsCorrected={"instructions": "Ne pas sonner"},
        date="2016-05-26T10:00:00.000Z",
    )
    assert head(follow(state, [corrected]))["instructions"] == "Ne pas sonner"


def test_an_update_replaces_location_content_and_opening_date_and_leaves_the_step() -> None:
    accepted = event("MissionAccepted", provider=REFERENCED, comment="", date="2016-05-26T08:30:00.000Z")
    change = updated(
        "2016-05-26T07:00:00.000Z",
        AT_OTHER_AGENCY,
        "2016-05-26T08:20:00.000Z",
        request="Chambre froide en panne",
        claimNumber={"callCenterClaimNumber": "CC_1"},
    )
    view = head(after(opened(instructions="Sonner"), accepted, change))
    assert view == {
        "uid": TICKET,
        "ref": "CC_1",
        "agencies": [{"uid": OTHER_AGENCY, "name": "Agence du Nord"}],
        "status": "OPENED",
        "state": {"value": "MissionAccepted", "date": "2016-05-26T08:30:00.000Z"},
        "request": "Chambre froide en panne",
        "created": "2016-05-26T07:00:00.000Z",
        "updated": "2016-05-26T08:30:00.000Z",
        "callPurpose": "frigoriste",
        "caller": {"name": "AutomatonCaller"},
        "provider": {
            "uid": PROVIDER,
            "name": "Froid Dubrulle",
            "phones": ["0199004512"],
            "fax": [],
            "emails": ["astreinte@dubrulle.example"],
        },
        "address": {"street": "12 rue de Gand", "zipCode": "59200", "city": "Tourcoing"},
        "additionalDataz": {},
        "callCenterReactionTime": 4_800_000,
        "transmissionTime": 5_400_000,
    }


def test_the_provider_shown_is_that_of_the_last_event_with_a_provider_field() -> None:
    assigned = event(
        "ProviderAssigned",
        provider=REFERENCED,
        purpose={"providerAssignationPurposeType": "RecourseChanged"},
        date="2016-05-26T08:30:00.000Z",
    )
    refused = event("MissionRefused", provider=ANONYMOUS, comment="", date="2016-05-26T08:20:00.000Z")
    called = event(
        "CallEmittedTo",
        recipient={"provider": REFERENCED, "personaType": "ProviderPersona"},
        medium=PHONE,
        date="2016-05-26T08:40:00.000Z",
    )
    closing = event("TicketClosed", stillOnSite="NA", closingDate="2016-05-26T08:50:00.000Z")
    shown = item(after(opened(), assigned, refused, called, closing))["provider"]
    assert shown == {"name": "Mr Provider", "phones": ["0146304312"], "fax": [], "emails": []}
    assert "provider" not in item(after(opened(), called, closing))


def test_folding_leaves_the_state_before_as_it_was() -> None:
    before = after(opened(), event("MessageAdded", 7, message="un", messageAddedDate="2016-05-26T08:10:00.000Z"))
    copy = freeze(before)
    follow(before, [*SAMPLES.values()])
    assert freeze(before) == copy


@pytest.mark.parametrize(
    ("events", "version", "reason"),
    [
        ([], 2, f"ticket {TICKET} awaits version 1, not 2"),
        ([opened()], 1, f"ticket {TICKET} awaits version 2, not 1"),
        ([opened()], 3, f"ticket {TICKET} awaits version 2, not 3"),
    ],
)
def test_an_event_that_is_not_the_next_one_cannot_be_applied(
    events: list[TicketEvent], version: int, reason: str
) -> None:
    with pytest.raises(CannotApply) as refusal:
        fold(after(*events) if events else None, opened(), version)
    assert str(refusal.value) == reason


def test_a_ticket_begins_with_its_opening_and_has_only_one() -> None:
    with pytest.raises(CannotApply, match="begins with TicketArchived"):
        fold(None, CLOSED_AT_NINE, 1)
    with pytest.raises(CannotApply, match="opened a second time by version 2"):
        fold(after(opened()), opened(), 2)
