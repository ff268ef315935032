"""The five durations of the detail, in milliseconds (`views.yaml`, metrics; contract 42, 49 and 70)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal

from shared.clock import instant
from shared.contract import EventType
from shared.contract.type_names import for_every_event

Mark = tuple[Literal["reaction", "acceptance", "response", "start", "finish"], Callable[[str, str], str]]
"""The name of a date at which durations start or end, and which of two such dates counts."""

REACTION: Mark = ("reaction", min)
RESPONSE: Mark = ("response", min)

MARKS: Mapping[EventType, tuple[Mark, ...]] = for_every_event(
    {
        "TicketOpened": (),
        "CallEmittedTo": (REACTION,),
        "CallReceived": (REACTION,),
        "ProviderAssigned": (REACTION,),
        "SendingServiceOrderReported": (REACTION,),
        "CallAnsweredByProvider": (REACTION,),
        "CallNotAnsweredByProvider": (REACTION,),
        "MissionScheduled": (REACTION,),
        "InterventionDeadlineDefined": (REACTION,),
        "FormalNoticeForProviderReported": (REACTION,),
        "MissionAccepted": (REACTION, ("acceptance", min)),
        "MissionRefused": (REACTION,),
        "TicketReopened": (REACTION,),
        "LogTrialAdded": (REACTION,),
        "MessageAdded": (REACTION,),
        "TicketCancelled": (REACTION,),
        "ArrivedOnSite": (RESPONSE,),
        "GoneFromSite": (RESPONSE,),
        "InterventionStarted": (RESPONSE, ("start", min)),
        "InterventionFinished": (RESPONSE, ("finish", max)),
        "TicketUpdated": (REACTION,),
        "TicketInformationsCorrected": (REACTION,),
        "TicketEventInformationsCorrected": (REACTION,),
        "TicketClosed": (REACTION,),
        "TicketArchived": (REACTION,),
        "PermanentlyFixed": (REACTION,),
        "PartiallyFixed": (REACTION,),
        "TicketClosedImpossibleRepair": (REACTION,),
        "PostponedFix": (REACTION,),
        "ClosedBeyondCallCenterScope": (REACTION,),
        "ClosedAfterSeveralUnsuccessfulRecalls": (REACTION,),
    }
)
"""What each event marks. `reaction` is off site, `response` on site; `finish` is the only mark that moves later."""

_MILLISECOND = timedelta(milliseconds=1)


def marked(marks: Mapping[str, str], event_type: EventType, date: str) -> Mapping[str, str]:
    """Return the marks after an event, by name; `date` is its journal date in UTC."""
    for name, choose in MARKS[event_type]:
        kept = choose(marks.get(name, date), date)
        if marks.get(name) != kept:
            marks = {**marks, name: kept}
    return marks


def durations(created: str, marks: Mapping[str, str]) -> dict[str, int]:
    """Return the durations that can be computed, by their field names in the view. A negative duration is left out."""
    start, finish = marks.get("start"), marks.get("finish")
    finished = finish if start is not None and finish is not None and finish >= start else None
    spans = {
        "callCenterReactionTime": (created, marks.get("reaction")),
        "transmissionTime": (created, marks.get("acceptance")),
        "interventionResponseTime": (created, marks.get("response")),
        "interventionDuration": (start, finished),
        "repairTime": (created, finished),
    }
    return {
        name: (instant(end) - instant(begin)) // _MILLISECOND
        for name, (begin, end) in spans.items()
        if begin is not None and end is not None and end >= begin
    }
