"""The five durations of the detail, in milliseconds (`views.yaml`, metrics; contract README, 42, 49 and 70)."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from shared.clock import instant

ON_SITE = frozenset({"ArrivedOnSite", "GoneFromSite", "InterventionStarted", "InterventionFinished"})

_MILLISECOND = timedelta(milliseconds=1)


def marked(marks: Mapping[str, str], event_type: str, date: str) -> Mapping[str, str]:
    """Note an event after TicketOpened that ends or starts a duration; `date` is its journal date, UTC.

    The marks, each a date: `reaction` first sign of work off site, `acceptance` first MissionAccepted, `response` first
    event on site, `start` first InterventionStarted, `finish` last InterventionFinished.
    """
    noted = _earliest(marks, "response" if event_type in ON_SITE else "reaction", date)
    if event_type == "MissionAccepted":
        return _earliest(noted, "acceptance", date)
    if event_type == "InterventionStarted":
        return _earliest(noted, "start", date)
    if event_type == "InterventionFinished":
        return _kept(noted, "finish", date, max)
    return noted


def durations(created: str, marks: Mapping[str, str]) -> dict[str, int]:
    """Tell the durations that can be computed, by the view's field names; a negative one is absent."""
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


def _earliest(marks: Mapping[str, str], name: str, date: str) -> Mapping[str, str]:
    return _kept(marks, name, date, min)


def _kept(marks: Mapping[str, str], name: str, date: str, choose: Callable[[str, str], str]) -> Mapping[str, str]:
    kept = choose(marks.get(name, date), date)
    return marks if marks.get(name) == kept else {**marks, name: kept}
