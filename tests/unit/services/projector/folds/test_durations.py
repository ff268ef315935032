"""The five durations, computed from written stories."""

from typing import Any

import pytest

from shared.contract import TicketEvent
from tests.unit.services.projector.folds.story import REFERENCED, after, event, head, opened, updated

FIELDS = {
    "callCenterReactionTime",
    "transmissionTime",
    "interventionResponseTime",
    "interventionDuration",
    "repairTime",
}


def at(time: str) -> str:
    return f"2016-05-26T{time}.000Z"


def accepted(time: str) -> TicketEvent:
    return event("MissionAccepted", provider=REFERENCED, comment="", date=at(time))


def arrived(time: str) -> TicketEvent:
    return event("ArrivedOnSite", provider=REFERENCED, date=at(time))


def gone(time: str) -> TicketEvent:
    return event("GoneFromSite", provider=REFERENCED, date=at(time))


def started(time: str) -> TicketEvent:
    return event("InterventionStarted", provider=REFERENCED, startedDate=at(time))


def finished(time: str) -> TicketEvent:
    return event("InterventionFinished", provider=REFERENCED, finishedDate=at(time))


def noted(time: str) -> TicketEvent:
    return event("LogTrialAdded", logTrial={"trialLabel": "relance"}, logTrialAddedDate=at(time))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], {}, id="nothing but the opening"),
        pytest.param([noted("08:00:01")], {"callCenterReactionTime": 1000}, id="any event off site is a reaction"),
        pytest.param([arrived("08:00:01")], {"interventionResponseTime": 1000}, id="an event on site is none"),
        pytest.param(
            [gone("08:20:00"), arrived("08:10:00")],
            {"interventionResponseTime": 600_000},
            id="the first has the smallest journal date, not the first arrival",
        ),
        pytest.param(
            [accepted("08:30:00"), accepted("08:20:00")],
            {"callCenterReactionTime": 1_200_000, "transmissionTime": 1_200_000},
            id="transmission ends with the first acceptance",
        ),
        pytest.param(
            [finished("08:03:16")], {"interventionResponseTime": 196_000}, id="a finish alone is no intervention"
        ),
        pytest.param([started("09:00:00")], {"interventionResponseTime": 3_600_000}, id="nor is a start alone"),
        pytest.param(
            [started("09:00:00"), finished("10:00:00"), started("11:00:00"), finished("12:00:00")],
            {
                "interventionResponseTime": 3_600_000,
                "interventionDuration": 10_800_000,
                "repairTime": 14_400_000,
            },
            id="from the first start to the last finish",
        ),
        pytest.param(
            [finished("12:00:00"), started("09:00:00")],
            {
                "interventionResponseTime": 3_600_000,
                "interventionDuration": 10_800_000,
                "repairTime": 14_400_000,
            },
            id="in any order of arrival",
        ),
        pytest.param(
            [finished("08:30:00"), started("09:00:00")],
            {"interventionResponseTime": 1_800_000},
            id="a finish before the first start does not count",
        ),
        pytest.param(
            [started("09:00:00"), finished("09:00:00")],
            {"interventionResponseTime": 3_600_000, "interventionDuration": 0, "repairTime": 3_600_000},
            id="a finish at the instant of the start counts",
        ),
        pytest.param(
            [noted("07:59:59"), noted("08:00:05"), started("07:00:00"), finished("07:30:00")],
            {"interventionDuration": 1_800_000},
            id="a negative duration is absent",
        ),
        pytest.param(
            [noted("08:00:00")], {"callCenterReactionTime": 0}, id="an event at the instant of the opening counts"
        ),
        pytest.param(
            [accepted("08:30:00"), updated(at("07:30:00"), sent=at("08:10:00"))],
            {"callCenterReactionTime": 2_400_000, "transmissionTime": 3_600_000},
            id="an update moves the beginning and is itself a reaction",
        ),
        pytest.param(
            [event("TicketArchived", closingDate=at("08:01:00")), accepted("08:02:00")],
            {"callCenterReactionTime": 60_000, "transmissionTime": 120_000},
            id="events on a closed ticket count",
        ),
    ],
)
def test_durations(events: list[TicketEvent], expected: dict[str, int]) -> None:
    view: dict[str, Any] = head(after(opened(at("08:00:00")), *events))
    assert {name: value for name, value in view.items() if name in FIELDS} == expected


def test_durations_are_whole_milliseconds() -> None:
    view = head(after(opened("2016-05-26T08:00:00.999Z"), arrived("08:00:01")))
    assert view["interventionResponseTime"] == 1
