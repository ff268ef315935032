"""Events that change the step: each sets `state`; only the reopening sets `status`."""

from tests.unit.services.projector.folds.story import REFERENCED
from tests.unit.services.projector.folds.whole_views import DUBRULLE, Entry, Row, Told, local, utc

ASSIGNED: Told = (
    "ProviderAssigned",
    {
        "provider": REFERENCED,
        "purpose": {"purpose": "Sous contrat", "providerAssignationPurposeType": "Purpose"},
        "date": local("16:56"),
    },
)
ASSIGNED_ENTRY: Entry = ("ProviderAssigned", utc("14:56"), {"type": "ProviderAssigned", "provider": "Froid Dubrulle"})
BOUND: Told = (
    "InterventionDeadlineDefined",
    {"provider": REFERENCED, "date": local("17:13"), "deadline": local("21:00")},
)
STARTED: Told = ("InterventionStarted", {"provider": REFERENCED, "startedDate": local("18:50")})
RAYMOND = {
    "name": {"gender": "Male", "firstName": "Raymond", "lastName": "Dubrulle", "nameType": "CivilName"},
    "phones": ["0199004512", "0639980145"],
    "fax": ["0199004513"],
    "emails": ["astreinte@froid-dubrulle.example"],
    "providerType": "AnonymousProvider",
}
STEPS: dict[str, Row] = {
    "ProviderAssigned": Row(
        said={
            "provider": REFERENCED,
            "purpose": {"comment": "Choix de l'opérateur", "providerAssignationPurposeType": "RecourseChanged"},
            "date": local("16:57"),
        },
        views={
            "state": {"value": "ProviderAssigned", "date": utc("14:57")},
            "updated": utc("14:57"),
            "provider": DUBRULLE,
        },
        detail={"callCenterReactionTime": 420_000},
        journal={
            "2016-08-25": [
                ("ProviderAssigned", utc("14:57"), {"type": "RecourseChanged", "provider": "Froid Dubrulle"})
            ]
        },
    ),
    "SendingServiceOrderReported": Row(
        after=[ASSIGNED],
        said={
            "provider": REFERENCED,
            "ref": "1234FRX",
            "reportDate": local("17:05"),
            "sendingDate": local("17:03"),
        },
        views={
            "state": {"value": "SendingServiceOrderReported", "date": utc("15:05")},
            "updated": utc("15:05"),
            "provider": DUBRULLE,
        },
        detail={"callCenterReactionTime": 360_000},
        journal={"2016-08-25": [ASSIGNED_ENTRY, ("SendingServiceOrderReported", utc("15:05"), {})]},
    ),
    "MissionScheduled": Row(
        after=[ASSIGNED],
        said={
            "provider": REFERENCED,
            "comment": "Par le quai de livraison",
            "date": local("17:12"),
            "startDate": local("18:30"),
            "endDate": local("20:00"),
        },
        views={
            "state": {"value": "MissionScheduled", "date": utc("15:12")},
            "updated": utc("15:12"),
            "provider": DUBRULLE,
        },
        detail={"callCenterReactionTime": 360_000},
        export={"interventionScheduled": {"startDate": utc("16:30"), "endDate": utc("18:00")}},
        journal={"2016-08-25": [ASSIGNED_ENTRY, ("MissionScheduled", utc("15:12"), {})]},
    ),
    "InterventionDeadlineDefined": Row(
        after=[ASSIGNED],
        said=BOUND[1],
        views={
            "state": {"value": "InterventionDeadlineDefined", "date": utc("15:13")},
            "updated": utc("15:13"),
            "provider": DUBRULLE,
        },
        detail={"callCenterReactionTime": 360_000},
        export={"interventionDeadline": utc("19:00")},
        journal={"2016-08-25": [ASSIGNED_ENTRY, ("InterventionDeadlineDefined", utc("15:13"), {})]},
    ),
    "FormalNoticeForProviderReported": Row(
        after=[ASSIGNED, BOUND],
        said={
            "ref": "MED-2016-0418",
            "provider": REFERENCED,
            "reportDate": local("21:05"),
            "deadline": "2016-08-26T14:00:00.000+02:00",
        },
        views={
            "state": {"value": "FormalNoticeForProviderReported", "date": utc("19:05")},
            "updated": utc("19:05"),
            "provider": DUBRULLE,
        },
        detail={"callCenterReactionTime": 360_000},
        export={
            "interventionDeadline": utc("19:00"),
            "formalNotice": {"date": utc("19:05"), "deadline": "2016-08-26T12:00:00.000Z"},
        },
        journal={
            "2016-08-25": [
                ASSIGNED_ENTRY,
                ("InterventionDeadlineDefined", utc("15:13"), {}),
                ("FormalNoticeForProviderReported", utc("19:05"), {}),
            ]
        },
    ),
    "MissionAccepted": Row(
        said={"provider": REFERENCED, "comment": "Avant 19 h", "date": local("17:11")},
        views={
            "state": {"value": "MissionAccepted", "date": utc("15:11")},
            "updated": utc("15:11"),
            "provider": DUBRULLE,
        },
        detail={"callCenterReactionTime": 1_260_000, "transmissionTime": 1_260_000},
        journal={"2016-08-25": [("MissionAccepted", utc("15:11"), {"provider": "Froid Dubrulle"})]},
    ),
    "MissionRefused": Row(
        said={"provider": RAYMOND, "comment": "Équipe indisponible", "date": local("17:02")},
        views={
            "state": {"value": "MissionRefused", "date": utc("15:02")},
            "updated": utc("15:02"),
            "provider": {
                "name": "Raymond Dubrulle",
                "phones": ["0199004512", "0639980145"],
                "fax": ["0199004513"],
                "emails": ["astreinte@froid-dubrulle.example"],
            },
        },
        detail={"callCenterReactionTime": 720_000},
        journal={"2016-08-25": [("MissionRefused", utc("15:02"), {"provider": "Raymond Dubrulle"})]},
    ),
    "TicketReopened": Row(
        after=[("TicketCancelled", {"date": local("16:57")})],
        said={"purpose": "Température remontée", "date": local("17:40")},
        views={"state": {"value": "TicketReopened", "date": utc("15:40")}, "updated": utc("15:40")},
        detail={"callCenterReactionTime": 420_000},
        journal={"2016-08-25": [("TicketCancelled", utc("14:57"), {}), ("TicketReopened", utc("15:40"), {})]},
    ),
    "ArrivedOnSite": Row(
        said={"provider": REFERENCED, "date": local("18:42")},
        views={
            "state": {"value": "ArrivedOnSite", "date": utc("16:42")},
            "updated": utc("16:42"),
            "provider": DUBRULLE,
        },
        detail={"interventionResponseTime": 6_720_000},
        journal={"2016-08-25": [("ArrivedOnSite", utc("16:42"), {"provider": "Froid Dubrulle"})]},
    ),
    "GoneFromSite": Row(
        said={"provider": REFERENCED, "date": local("20:40")},
        views={
            "state": {"value": "GoneFromSite", "date": utc("18:40")},
            "updated": utc("18:40"),
            "provider": DUBRULLE,
        },
        detail={"interventionResponseTime": 13_800_000},
        journal={"2016-08-25": [("GoneFromSite", utc("18:40"), {"provider": "Froid Dubrulle"})]},
    ),
    "InterventionStarted": Row(
        said=STARTED[1],
        views={
            "state": {"value": "InterventionStarted", "date": utc("16:50")},
            "updated": utc("16:50"),
            "provider": DUBRULLE,
        },
        detail={"interventionResponseTime": 7_200_000},
        journal={"2016-08-25": [("InterventionStarted", utc("16:50"), {})]},
    ),
    "InterventionFinished": Row(
        after=[STARTED],
        said={"provider": REFERENCED, "finishedDate": local("20:25")},
        views={
            "state": {"value": "InterventionFinished", "date": utc("18:25")},
            "updated": utc("18:25"),
            "provider": DUBRULLE,
        },
        detail={
            "interventionResponseTime": 7_200_000,
            "interventionDuration": 5_700_000,
            "repairTime": 12_900_000,
        },
        journal={"2016-08-25": [("InterventionStarted", utc("16:50"), {}), ("InterventionFinished", utc("18:25"), {})]},
    ),
}
