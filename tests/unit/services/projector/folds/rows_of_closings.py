"""Events that close the ticket."""

from tests.unit.services.projector.folds.story import ANONYMOUS, REFERENCED
from tests.unit.services.projector.folds.whole_views import DUBRULLE, Row, local, utc

CLOSINGS: dict[str, Row] = {
    "TicketClosed": Row(
        said={
            "provider": REFERENCED,
            "brakedownNature": "Défaut électrique",
            "stillOnSite": "NotAsked",
            "report": "Réarmement du disjoncteur",
            "result": "Constaté par le magasin",
            "closingDate": local("20:50"),
        },
        views={
            "status": "CLOSED",
            "state": {"value": "TicketClosed", "date": utc("18:50")},
            "updated": utc("18:50"),
            "closed": utc("18:50"),
            "provider": DUBRULLE,
        },
        detail={"report": "Réarmement du disjoncteur", "callCenterReactionTime": 14_400_000},
        journal={"2016-08-25": [("TicketClosed", utc("18:50"), {"brakeDownNature": "Défaut électrique"})]},
    ),
    "TicketArchived": Row(
        said={"comment": "Après contrôle qualité", "closingDate": "2016-08-29T10:00:00.000+02:00"},
        views={
            "status": "CLOSED",
            "state": {"value": "TicketArchived", "date": "2016-08-29T08:00:00.000Z"},
            "updated": "2016-08-29T08:00:00.000Z",
            "closed": "2016-08-29T08:00:00.000Z",
        },
        detail={"callCenterReactionTime": 321_000_000},
        journal={"2016-08-29": [("TicketArchived", "2016-08-29T08:00:00.000Z", {})]},
    ),
    "PermanentlyFixed": Row(
        said={
            "provider": REFERENCED,
            "brakedownNature": "Compresseur grippé",
            "stillOnSite": "No",
            "report": "Compresseur remplacé",
            "closingDate": local("20:51"),
        },
        views={
            "status": "CLOSED",
            "state": {"value": "PermanentlyFixed", "date": utc("18:51")},
            "updated": utc("18:51"),
            "closed": utc("18:51"),
            "provider": DUBRULLE,
        },
        detail={"report": "Compresseur remplacé", "callCenterReactionTime": 14_460_000},
        journal={"2016-08-25": [("PermanentlyFixed", utc("18:51"), {"brakeDownNature": "Compresseur grippé"})]},
    ),
    "PartiallyFixed": Row(
        said={
            "provider": ANONYMOUS,
            "brakedownNature": "Fuite sur évaporateur",
            "stillOnSite": "Yes",
            "report": "Pièce à commander",
            "closingDate": local("20:52"),
        },
        views={
            "status": "CLOSED",
            "state": {"value": "PartiallyFixed", "date": utc("18:52")},
            "updated": utc("18:52"),
            "closed": utc("18:52"),
            "provider": {"name": "Mr Provider", "phones": ["0146304312"], "fax": [], "emails": []},
        },
        detail={"report": "Pièce à commander", "callCenterReactionTime": 14_520_000},
        journal={"2016-08-25": [("PartiallyFixed", utc("18:52"), {"brakeDownNature": "Fuite sur évaporateur"})]},
    ),
    "TicketClosedImpossibleRepair": Row(
        said={
            "provider": REFERENCED,
            "brakedownNature": "Carte hors service",
            "stillOnSite": "NA",
            "report": "Plus de pièces",
            "closingDate": local("20:53"),
        },
        views={
            "status": "CLOSED",
            "state": {"value": "TicketClosedImpossibleRepair", "date": utc("18:53")},
            "updated": utc("18:53"),
            "closed": utc("18:53"),
            "provider": DUBRULLE,
        },
        detail={"report": "Plus de pièces", "callCenterReactionTime": 14_580_000},
        journal={
            "2016-08-25": [("TicketClosedImpossibleRepair", utc("18:53"), {"brakeDownNature": "Carte hors service"})]
        },
    ),
    "PostponedFix": Row(
        said={
            "provider": REFERENCED,
            "brakedownNature": "Joint usé",
            "stillOnSite": "ProviderRefuseToReply",
            "report": "Reporté au lendemain",
            "closingDate": local("20:54"),
        },
        views={
            "status": "CLOSED",
            "state": {"value": "PostponedFix", "date": utc("18:54")},
            "updated": utc("18:54"),
            "closed": utc("18:54"),
            "provider": DUBRULLE,
        },
        detail={"report": "Reporté au lendemain", "callCenterReactionTime": 14_640_000},
        journal={"2016-08-25": [("PostponedFix", utc("18:54"), {"brakeDownNature": "Joint usé"})]},
    ),
    "ClosedBeyondCallCenterScope": Row(
        said={"closingDate": local("17:20"), "comment": "Parking du magasin"},
        views={
            "status": "CLOSED",
            "state": {"value": "ClosedBeyondCallCenterScope", "date": utc("15:20")},
            "updated": utc("15:20"),
            "closed": utc("15:20"),
        },
        detail={"callCenterReactionTime": 1_800_000},
        journal={"2016-08-25": [("ClosedBeyondCallCenterScope", utc("15:20"), {})]},
    ),
    "ClosedAfterSeveralUnsuccessfulRecalls": Row(
        said={"closingDate": local("19:30"), "comment": "Trois rappels sans réponse"},
        views={
            "status": "CLOSED",
            "state": {"value": "ClosedAfterSeveralUnsuccessfulRecalls", "date": utc("17:30")},
            "updated": utc("17:30"),
            "closed": utc("17:30"),
        },
        detail={"callCenterReactionTime": 9_600_000},
        journal={"2016-08-25": [("ClosedAfterSeveralUnsuccessfulRecalls", utc("17:30"), {})]},
    ),
    "TicketCancelled": Row(
        said={"comment": "Doublon", "date": local("16:57")},
        views={
            "status": "CLOSED",
            "state": {"value": "TicketCancelled", "date": utc("14:57")},
            "updated": utc("14:57"),
            "closed": utc("14:57"),
        },
        detail={"callCenterReactionTime": 420_000},
        journal={"2016-08-25": [("TicketCancelled", utc("14:57"), {})]},
    ),
}
