"""The demonstration's story: a shop's fridges fail. The ticket is the contract's example, from opening to closing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, get_args

from shared.clock import wire
from shared.contract import CommandType, EventType, TicketEventErrorType

REFUSALS = frozenset(get_args(TicketEventErrorType))


@dataclass(frozen=True, slots=True)
class Step:
    """A command and its outcome: the type of its event, or the code of the expected refusal.

    In `fields`, a `timedelta` means the moment that long after the opening. With `again`, the command of the previous
    step is sent again, as by a client that missed the answer.
    """

    command: CommandType
    outcome: EventType | TicketEventErrorType
    fields: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False

    @property
    def refused(self) -> bool:
        """Return whether the platform must refuse the command."""
        return self.outcome in REFUSALS


@dataclass(frozen=True, slots=True)
class Played:
    """The result of a step: the status, and for an event the milliseconds until the view showed it."""

    step: Step
    status: int
    visible_ms: float | None = None


def body(step: Step, opened: datetime, process_uid: str) -> dict[str, Any]:
    """Return the command of `step`, for a ticket that was opened at `opened`."""
    fields = {
        name: wire(opened + value) if isinstance(value, timedelta) else value for name, value in step.fields.items()
    }
    return {"commandType": step.command, "processUid": process_uid, **fields}


def after(minutes: int) -> timedelta:
    """Return a time after the opening."""
    return timedelta(minutes=minutes)


LASTED = after(240)
"""Time from the opening to just after the closing."""

PROVIDER = {"providerUid": "7943797a-93c4-73f9-48f8-6baea5e94d13", "providerType": "ReferencedProvider"}

STORY = (
    Step(
        "OpenTicket",
        "TicketOpened",
        {
            "openedDate": after(0),
            "locationRef": {
                "patrimonyUid": "74aa4bf3-8fde-4985-b16e-e3ba2788868f",
                "locationReferenceType": "PatrimonyLocation",
            },
            "operator": {
                "operatorUid": "f281d579-084e-95a1-8abb-582f2dcc2ed5",
                "operatorType": "ReferencedOperator",
            },
            "ticket": {
                "caller": {
                    "name": {"value": "Mr John Doe", "nameType": "PoorName"},
                    "medium": {"phone": "0320015450", "contactMediumType": "Phone"},
                    "callerType": "HumanCaller",
                },
                "claimNumber": {"clientClaimNumber": "2016256649"},
                "address": {
                    "quality": "Supermarché des Flandres",
                    "street": "12 rue de Gand",
                    "complement": "Entrée livraisons",
                    "zipCode": "59200",
                    "city": "TOURCOING",
                    "state": "Hauts-de-France",
                    "country": "France",
                },
                "request": "FRIGOS EN PANNE",
                "callPurposeLabel": "frigoriste",
                "altCallPurpose": {},
                "additionalData": {
                    "Code magasin": "FRPK98",
                    "Corps de métier": "FRIGORISTE",
                    "Libellé Code panne": "FRIGORISTE",
                    "Nom magasin": "TOURCOING",
                    "OS urgent": "NON",
                },
            },
        },
    ),
    Step(
        "EmitCallTo",
        "CallEmittedTo",
        {
            "date": after(4),
            "recipient": {"provider": PROVIDER, "personaType": "ProviderPersona"},
            "medium": {"phone": "0199004512", "contactMediumType": "Phone"},
            "comment": "Demande d'intervention en urgence : vitrine réfrigérée à +9 °C.",
        },
    ),
    Step(
        "ReceiveCall",
        "CallReceived",
        {
            "date": after(13),
            "caller": "Mme Lefèvre, directrice du magasin",
            "callPurpose": "Relance",
            "medium": {"phone": "0199003127", "contactMediumType": "Phone"},
            "comment": "Les denrées ont été déplacées en réserve.",
        },
    ),
    Step(
        "ProviderAnswerCall",
        "CallAnsweredByProvider",
        {
            "date": after(18),
            "provider": PROVIDER,
            "comment": "Le frigoriste d'astreinte prend connaissance du dossier.",
        },
    ),
    Step(
        "ScheduleMission",
        "ImpossibleToScheduleMissionIfNoProviderIsAssigned",
        {"date": after(18), "provider": PROVIDER, "startDate": after(99), "endDate": after(189)},
    ),
    Step(
        "AssignProvider",
        "ProviderAssigned",
        {
            "date": after(19),
            "provider": PROVIDER,
            "purpose": {
                "purpose": "Prestataire sous contrat pour ce magasin",
                "providerAssignationPurposeType": "Purpose",
            },
        },
    ),
    Step(
        "AcceptMission",
        "MissionAccepted",
        {"date": after(20), "provider": PROVIDER, "comment": "Arrivée prévue avant 19 h."},
    ),
    Step("AcceptMission", "CommandAlreadySent", again=True),
    Step(
        "ScheduleMission",
        "MissionScheduled",
        {
            "date": after(21),
            "provider": PROVIDER,
            "startDate": after(99),
            "endDate": after(189),
            "comment": "Accès par le quai de livraison.",
        },
    ),
    Step(
        "DefineInterventionDeadline",
        "InterventionDeadlineDefined",
        {"date": after(22), "provider": PROVIDER, "deadline": after(249)},
    ),
    Step("ArriveOnSite", "ArrivedOnSite", {"date": after(111), "provider": PROVIDER}),
    Step("StartIntervention", "InterventionStarted", {"startedDate": after(119), "provider": PROVIDER}),
    Step("FinishIntervention", "InterventionFinished", {"finishedDate": after(214), "provider": PROVIDER}),
    Step("GoFromSite", "GoneFromSite", {"date": after(229), "provider": PROVIDER}),
    Step(
        "AddMessage",
        "MessageAdded",
        {"messageAddedDate": after(234), "message": "Marchandises transférées en chambre froide n° 2."},
    ),
    Step(
        "CloseTicket",
        "TicketClosed",
        {
            "closingDate": after(239),
            "provider": PROVIDER,
            "brakedownNature": "Défaut électrique",
            "stillOnSite": "NotAsked",
            "report": "Réarmement du disjoncteur et contrôle des températures.",
            "result": "Réparation constatée par le magasin",
        },
    ),
)
