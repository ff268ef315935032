"""Whole views of tickets with several events: corrections, updates, reports, slots and deadlines, durations."""

from typing import Any

import pytest

from tests.unit.services.projector.folds.rows_of_notes import FIXED, MESSAGE, NOTES
from tests.unit.services.projector.folds.rows_of_steps import ASSIGNED, ASSIGNED_ENTRY, BOUND, STARTED
from tests.unit.services.projector.folds.story import REFERENCED, process_uid
from tests.unit.services.projector.folds.whole_views import (
    DUBRULLE,
    OPENING,
    Row,
    Told,
    expected,
    local,
    shown,
    story,
    utc,
)

UPDATED: Told = ("TicketUpdated", NOTES["TicketUpdated"].said)
UPDATED_VIEWS = NOTES["TicketUpdated"].views
ACCEPTED: Told = ("MissionAccepted", {"provider": REFERENCED, "comment": "", "date": local("17:11")})


def reopened(time: str) -> Told:
    return "TicketReopened", {"date": local(time)}


def corrected(text: str, time: str, number: int = 2) -> Told:
    """Return an event that corrects the text of the ticket's event with this number."""
    return (
        "TicketEventInformationsCorrected",
        {"targetedEvent": process_uid(number), "text": text, "date": local(time)},
    )


STORIES: dict[str, tuple[str, Row]] = {
    "an intervention has all five durations": (
        "PermanentlyFixed",
        Row(
            after=[
                ASSIGNED,
                ACCEPTED,
                ("ArrivedOnSite", {"provider": REFERENCED, "date": local("18:42")}),
                STARTED,
                ("InterventionFinished", {"provider": REFERENCED, "finishedDate": local("19:30")}),
                ("InterventionStarted", {"provider": REFERENCED, "startedDate": local("20:00")}),
                ("InterventionFinished", {"provider": REFERENCED, "finishedDate": local("20:25")}),
            ],
            said=FIXED[1],
            views={
                "status": "CLOSED",
                "state": {"value": "PermanentlyFixed", "date": utc("18:50")},
                "updated": utc("18:50"),
                "closed": utc("18:50"),
                "provider": DUBRULLE,
            },
            detail={
                "report": "Compresseur remplacé",
                "callCenterReactionTime": 360_000,
                "transmissionTime": 1_260_000,
                "interventionResponseTime": 6_720_000,
                "interventionDuration": 5_700_000,
                "repairTime": 12_900_000,
            },
            journal={
                "2016-08-25": [
                    ASSIGNED_ENTRY,
                    ("MissionAccepted", utc("15:11"), {"provider": "Froid Dubrulle"}),
                    ("ArrivedOnSite", utc("16:42"), {"provider": "Froid Dubrulle"}),
                    ("InterventionStarted", utc("16:50"), {}),
                    ("InterventionFinished", utc("17:30"), {}),
                    ("InterventionStarted", utc("18:00"), {}),
                    ("InterventionFinished", utc("18:25"), {}),
                    ("PermanentlyFixed", utc("18:50"), {"brakeDownNature": "Compresseur grippé"}),
                ]
            },
        ),
    ),
    "an update moves the beginning behind what happened before it": (
        "TicketUpdated",
        Row(
            after=[ACCEPTED, UPDATED],
            said=UPDATED[1] | {"openedDate": local("17:30"), "sentDate": utc("16:00")},
            views={
                **UPDATED_VIEWS,
                "state": {"value": "MissionAccepted", "date": utc("15:11")},
                "created": utc("15:30"),
                "updated": utc("16:00"),
                "provider": DUBRULLE,
            },
            detail=NOTES["TicketUpdated"].detail | {"callCenterReactionTime": None},
            export=NOTES["TicketUpdated"].export,
            journal={
                "2016-08-25": [
                    ("MissionAccepted", utc("15:11"), {"provider": "Froid Dubrulle"}),
                    ("TicketUpdated", "2016-08-25T15:30:04.000Z", {}),
                    ("TicketUpdated", utc("16:00"), {}),
                ]
            },
        ),
    ),
    "an update takes the place of corrected texts, but not of the report": (
        "TicketUpdated",
        Row(
            after=[FIXED, ("TicketInformationsCorrected", NOTES["TicketInformationsCorrected"].said)],
            said=UPDATED[1],
            views={
                **UPDATED_VIEWS,
                "status": "CLOSED",
                "state": {"value": "PermanentlyFixed", "date": utc("18:50")},
                "updated": utc("19:10"),
                "closed": utc("18:50"),
                "provider": DUBRULLE,
            },
            detail=NOTES["TicketUpdated"].detail | {"report": "Compresseur et fluide remplacés"},
            export=NOTES["TicketUpdated"].export,
            journal={
                "2016-08-25": [
                    ("TicketUpdated", "2016-08-25T15:30:04.000Z", {}),
                    ("PermanentlyFixed", utc("18:50"), {"brakeDownNature": "Compresseur grippé"}),
                    ("TicketInformationsCorrected", utc("19:10"), {}),
                ]
            },
        ),
    ),
    "a corrected report stays when the ticket is reopened and closed without one": (
        "PostponedFix",
        Row(
            after=[
                FIXED,
                ("TicketInformationsCorrected", {"fieldsCorrected": {"closingReport": "Rien"}, "date": local("21:00")}),
                reopened("21:10"),
            ],
            said={"stillOnSite": "NA", "closingDate": local("21:20")},
            views={
                "status": "CLOSED",
                "state": {"value": "PostponedFix", "date": utc("19:20")},
                "updated": utc("19:20"),
                "closed": utc("19:20"),
                "provider": DUBRULLE,
            },
            detail={"report": "Rien", "callCenterReactionTime": 14_400_000},
            journal={
                "2016-08-25": [
                    ("PermanentlyFixed", utc("18:50"), {"brakeDownNature": "Compresseur grippé"}),
                    ("TicketInformationsCorrected", utc("19:00"), {}),
                    ("TicketReopened", utc("19:10"), {}),
                    ("PostponedFix", utc("19:20"), {}),
                ]
            },
        ),
    ),
    "of two corrections of a commentary the last to come counts, and only for that one": (
        "TicketEventInformationsCorrected",
        Row(
            after=[
                MESSAGE,
                ("MessageAdded", {"message": "Marchandises en chambre froide", "messageAddedDate": local("20:30")}),
                corrected("dernier par la date", "22:00"),
            ],
            said=corrected("dernier arrivé", "21:30")[1],
            views={"updated": utc("20:00")},
            detail={"callCenterReactionTime": 13_200_000},
            export={
                "freeCommentaries": [
                    {"date": utc("18:30"), "message": "Marchandises en chambre froide"},
                    {"date": utc("18:45"), "message": "dernier arrivé"},
                ]
            },
            journal={
                "2016-08-25": [
                    ("MessageAdded", utc("18:30"), {"message": "Marchandises en chambre froide"}),
                    ("MessageAdded", utc("18:45"), {"message": "dernier arrivé"}),
                    ("TicketEventInformationsCorrected", utc("19:30"), {}),
                    ("TicketEventInformationsCorrected", utc("20:00"), {}),
                ]
            },
        ),
    ),
    "the comment of a call is shown nowhere, corrected or not": (
        "TicketEventInformationsCorrected",
        Row(
            after=[("CallReceived", NOTES["CallReceived"].said)],
            said=corrected("Denrées perdues", "17:06")[1],
            views={"updated": utc("15:06")},
            detail={"callCenterReactionTime": 840_000},
            journal={
                "2016-08-25": [
                    *NOTES["CallReceived"].journal["2016-08-25"],
                    ("TicketEventInformationsCorrected", utc("15:06"), {}),
                ]
            },
        ),
    ),
    "slot, deadline and notice are the last that came, each in its own field": (
        "MissionScheduled",
        Row(
            after=[
                ASSIGNED,
                (
                    "MissionScheduled",
                    {
                        "provider": REFERENCED,
                        "date": local("17:30"),
                        "startDate": local("19:00"),
                        "endDate": local("20:00"),
                    },
                ),
                BOUND,
                (
                    "FormalNoticeForProviderReported",
                    {"provider": REFERENCED, "reportDate": local("21:05"), "deadline": local("22:00")},
                ),
                (
                    "FormalNoticeForProviderReported",
                    {"provider": REFERENCED, "reportDate": local("22:05"), "deadline": local("23:00")},
                ),
                (
                    "InterventionDeadlineDefined",
                    {"provider": REFERENCED, "date": local("17:00"), "deadline": local("20:30")},
                ),
            ],
            said={
                "provider": REFERENCED,
                "date": local("17:12"),
                "startDate": local("18:30"),
                "endDate": local("18:45"),
            },
            views={
                "state": {"value": "MissionScheduled", "date": utc("15:12")},
                "updated": utc("20:05"),
                "provider": DUBRULLE,
            },
            detail={"callCenterReactionTime": 360_000},
            export={
                "interventionScheduled": {"startDate": utc("16:30"), "endDate": utc("16:45")},
                "interventionDeadline": utc("18:30"),
                "formalNotice": {"date": utc("20:05"), "deadline": utc("21:00")},
            },
            journal={
                "2016-08-25": [
                    ASSIGNED_ENTRY,
                    ("InterventionDeadlineDefined", utc("15:00"), {}),
                    ("MissionScheduled", utc("15:12"), {}),
                    ("InterventionDeadlineDefined", utc("15:13"), {}),
                    ("MissionScheduled", utc("15:30"), {}),
                    ("FormalNoticeForProviderReported", utc("19:05"), {}),
                    ("FormalNoticeForProviderReported", utc("20:05"), {}),
                ]
            },
        ),
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_makes_the_views_that_the_contract_says(name: str) -> None:
    last, row = STORIES[name]
    bodies = story(*row.after, (last, row.said))
    item, detail, export, feed = shown(bodies)
    assert (item, detail, export) == expected(row)
    assert feed == bodies, "the feed has events as they were published, corrected ones too"


def test_a_null_in_the_content_of_a_ticket_is_shown_as_what_is_absent() -> None:
    scarce: dict[str, Any] = {
        "caller": {"name": {"firstName": "Anne", "lastName": "Lefèvre", "nameType": "CivilName"}}
        | {"callerType": "HumanCaller"},
        "claimNumber": {},
        "address": {"street": "12 rue de Gand", "zipCode": "59200", "city": "Tourcoing"},
        "request": "",
        "callPurposeLabel": "",
        "altCallPurpose": {},
        "additionalData": {},
    }
    nulls = scarce | {
        "caller": {
            "name": scarce["caller"]["name"] | {"gender": None},
            "medium": None,
            "comment": None,
            "callerType": "HumanCaller",
        },
        "contactToCallback": None,
        "claimNumber": {"callCenterClaimNumber": None, "clientClaimNumber": None},
        "address": scarce["address"]
        | dict.fromkeys(
            (
                "quality",
                "complement",
                "recipientIdentificationSupplement",
                "geographicalIdentificationSupplement",
                "state",
                "country",
            )
        ),
        "instructions": None,
        "altCallPurpose": {"Famille": None},
        "additionalData": {"OS urgent": None},
    }
    row = Row(
        said=OPENING,
        views={
            "ref": "17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2",
            "callPurpose": "",
            "caller": {"name": "Anne Lefèvre"},
            "address": {"street": "12 rue de Gand", "zipCode": "59200", "city": "Tourcoing"},
        },
        detail={"request": "", "instructions": None, "caller": {"name": "Anne Lefèvre"}, "additionalDataz": {}},
        export={"request": "", "additionalDataz": {}},
    )
    for ticket in (scarce, nulls):
        assert shown(story(opening=OPENING | {"ticket": ticket}))[:3] == expected(row)
