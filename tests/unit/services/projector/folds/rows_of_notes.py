"""Events that change neither status nor state: calls, notes, and replacements or corrections of the content."""

from tests.unit.services.projector.folds.story import (
    AGENCY,
    ANONYMOUS,
    AT_AGENCY,
    REFERENCED,
    STRANGER,
    TICKET,
    UNKNOWN,
    process_uid,
)
from tests.unit.services.projector.folds.whole_views import DUBRULLE, OPENING, Row, Told, local, utc

MESSAGE: Told = ("MessageAdded", {"message": "Marchandises en chambre froide", "messageAddedDate": local("20:45")})
FIXED: Told = (
    "PermanentlyFixed",
    {
        "provider": REFERENCED,
        "brakedownNature": "Compresseur grippé",
        "stillOnSite": "No",
        "report": "Compresseur remplacé",
        "closingDate": local("20:50"),
    },
)
NOTES: dict[str, Row] = {
    "TicketOpened": Row(said=OPENING),
    "CallEmittedTo": Row(
        said={
            "recipient": {"provider": REFERENCED, "personaType": "ProviderPersona"},
            "comment": "Demande en urgence",
            "medium": {"phone": "0199004512", "contactMediumType": "Phone"},
            "date": local("16:55"),
        },
        views={"updated": utc("14:55")},
        detail={"callCenterReactionTime": 300_000},
        journal={
            "2016-08-25": [
                (
                    "CallEmittedTo",
                    utc("14:55"),
                    {"called": "Froid Dubrulle", "medium": "PHONE", "identifier": "0199004512"},
                )
            ]
        },
    ),
    "CallReceived": Row(
        said={
            "callPurpose": "Relance",
            "caller": "Mme Lefèvre",
            "comment": "Les denrées sont en réserve",
            "medium": {"mail": "lefevre@magasin.example", "contactMediumType": "Mail"},
            "date": local("17:04"),
        },
        views={"updated": utc("15:04")},
        detail={"callCenterReactionTime": 840_000},
        journal={
            "2016-08-25": [
                (
                    "CallReceived",
                    utc("15:04"),
                    {"caller": "Mme Lefèvre", "medium": "MAIL", "identifier": "lefevre@magasin.example"},
                )
            ]
        },
    ),
    "CallAnsweredByProvider": Row(
        said={"provider": REFERENCED, "comment": "Prend connaissance du dossier", "date": local("17:09")},
        views={"updated": utc("15:09"), "provider": DUBRULLE},
        detail={"callCenterReactionTime": 1_140_000},
        journal={"2016-08-25": [("CallAnsweredByProvider", utc("15:09"), {"provider": "Froid Dubrulle"})]},
    ),
    "CallNotAnsweredByProvider": Row(
        said={"provider": ANONYMOUS, "comment": "", "date": local("16:58")},
        views={
            "updated": utc("14:58"),
            "provider": {"name": "Mr Provider", "phones": ["0146304312"], "fax": [], "emails": []},
        },
        detail={"callCenterReactionTime": 480_000},
        journal={"2016-08-25": [("CallNotAnsweredByProvider", utc("14:58"), {"provider": "Mr Provider"})]},
    ),
    "LogTrialAdded": Row(
        said={
            "provider": STRANGER,
            "logTrial": {"trialCode": "REL1", "trialLabel": "Première relance"},
            "logTrialAddedDate": local("17:00"),
        },
        views={"updated": utc("15:00"), "provider": {"uid": UNKNOWN, "phones": [], "fax": [], "emails": []}},
        detail={"callCenterReactionTime": 600_000},
        journal={"2016-08-25": [("LogTrialAdded", utc("15:00"), {"trialLabel": "Première relance"})]},
    ),
    "MessageAdded": Row(
        said=MESSAGE[1],
        views={"updated": utc("18:45")},
        detail={"callCenterReactionTime": 14_100_000},
        export={"freeCommentaries": [{"date": utc("18:45"), "message": "Marchandises en chambre froide"}]},
        journal={"2016-08-25": [("MessageAdded", utc("18:45"), {"message": "Marchandises en chambre froide"})]},
    ),
    "TicketUpdated": Row(
        said={
            "locationRef": AT_AGENCY,
            "ticket": {
                "caller": "AutomatonCaller",
                "claimNumber": {},
                "address": {"street": "3 rue de Paris", "zipCode": "75001", "city": "Paris"},
                "request": "Chambre froide en panne",
                "callPurposeLabel": "Froid",
                "altCallPurpose": {},
                "additionalData": {"Code magasin": None},
            },
            "openedDate": local("16:40"),
        },
        views={
            "ref": TICKET,
            "agencies": [{"uid": AGENCY, "name": "My Agency"}],
            "patrimony": None,
            "created": utc("14:40"),
            "updated": "2016-08-25T15:30:04.000Z",
            "callPurpose": "Froid",
            "caller": {"name": "AutomatonCaller"},
            "address": {"street": "3 rue de Paris", "zipCode": "75001", "city": "Paris"},
        },
        detail={
            "request": "Chambre froide en panne",
            "instructions": None,
            "caller": {"name": "AutomatonCaller"},
            "additionalDataz": {},
            "callCenterReactionTime": 3_004_000,
        },
        export={"request": "Chambre froide en panne", "additionalDataz": {}},
        journal={"2016-08-25": [("TicketUpdated", "2016-08-25T15:30:04.000Z", {})]},
    ),
    "TicketInformationsCorrected": Row(
        after=[FIXED],
        said={
            "fieldsCorrected": {
                "request": "Vitrine n° 2 en panne",
                "instructions": "Passer par le quai",
                "closingReport": "Compresseur et fluide remplacés",
            },
            "date": local("21:10"),
        },
        views={
            "status": "CLOSED",
            "state": {"value": "PermanentlyFixed", "date": utc("18:50")},
            "updated": utc("19:10"),
            "closed": utc("18:50"),
            "provider": DUBRULLE,
        },
        detail={
            "request": "Vitrine n° 2 en panne",
            "instructions": "Passer par le quai",
            "report": "Compresseur et fluide remplacés",
            "callCenterReactionTime": 14_400_000,
        },
        export={"request": "Vitrine n° 2 en panne"},
        journal={
            "2016-08-25": [
                ("PermanentlyFixed", utc("18:50"), {"brakeDownNature": "Compresseur grippé"}),
                ("TicketInformationsCorrected", utc("19:10"), {}),
            ]
        },
    ),
    "TicketEventInformationsCorrected": Row(
        after=[MESSAGE],
        said={"targetedEvent": process_uid(2), "text": "Marchandises jetées", "date": local("21:15")},
        views={"updated": utc("19:15")},
        detail={"callCenterReactionTime": 14_100_000},
        export={"freeCommentaries": [{"date": utc("18:45"), "message": "Marchandises jetées"}]},
        journal={
            "2016-08-25": [
                ("MessageAdded", utc("18:45"), {"message": "Marchandises jetées"}),
                ("TicketEventInformationsCorrected", utc("19:15"), {}),
            ]
        },
    ),
}
