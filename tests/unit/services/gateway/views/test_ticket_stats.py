import json
from datetime import date

import pytest

from services.gateway.parameters.filters import Selection
from services.gateway.views.ticket_stats import months_shown, ticket_stats
from shared.contract import dump

TODAY = date(2016, 3, 5)
EVERYTHING = Selection()
FEW = Selection(first=date(2016, 2, 28), last=date(2016, 3, 2))


def shown(created: dict[date, int], selection: Selection) -> tuple[float, float, float, float]:
    view = json.loads(dump(ticket_stats(created, selection, TODAY)))
    new = view["newTickets"]
    return new["lastSevenDays"], new["lastMonth"], new["currentMonth"], view["ticketCreationFrequency"]["byDay"]


@pytest.mark.parametrize(
    ("created", "selection", "figures"),
    [
        ({}, EVERYTHING, (0, 0, 0, 0)),
        ({TODAY: 3}, EVERYTHING, (3, 0, 3, 3)),
        ({date(2016, 2, 28): 1, date(2016, 2, 27): 10}, EVERYTHING, (1, 11, 0, 1.38)),
        ({date(2016, 2, 1): 4, date(2016, 1, 31): 5}, EVERYTHING, (0, 4, 0, 0.26)),
        ({date(2015, 3, 5): 7, date(2015, 2, 5): 7}, EVERYTHING, (0, 0, 0, 0.04)),
        ({date(2016, 3, 6): 2, date(2016, 3, 31): 2, date(2016, 4, 1): 2}, EVERYTHING, (0, 0, 4, 6)),
        ({date(2016, 3, 1): 3}, FEW, (3, 0, 3, 0.75)),
        ({date(2016, 3, 5): 1}, Selection(first=date(2016, 2, 27), last=TODAY), (1, 0, 1, 0.13)),
        ({date(2016, 2, 26): 1}, Selection(last=date(2016, 3, 4)), (0, 1, 0, 0.13)),
        ({}, Selection(first=date(2016, 3, 9), last=TODAY), (0, 0, 0, 0)),
    ],
    ids=[
        "nothing",
        "today alone",
        "the seventh day and the one before it",
        "the month before and the one before that",
        "the same months of a year ago",
        "days to come",
        "the days asked for",
        "an eighth is rounded up from a given first day",
        "an eighth is rounded up from the first ticket",
        "days to come alone",
    ],
)
def test_figures(created: dict[date, int], selection: Selection, figures: tuple[float, ...]) -> None:
    assert shown(created, selection) == figures


def test_a_whole_rate_is_written_without_a_fraction() -> None:
    assert dump(ticket_stats({TODAY: 1}, Selection(), TODAY)).endswith(b'"byDay":1}}')


def test_last_month_of_january_is_december() -> None:
    view = ticket_stats({date(2015, 12, 31): 2, date(2016, 1, 1): 3}, Selection(), date(2016, 1, 31))
    assert (view.newTickets.lastMonth, view.newTickets.currentMonth) == (2, 3)


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2016, 3, 31), {date(2016, 3, 1), date(2016, 2, 1)}),
        (date(2016, 3, 6), {date(2016, 3, 1), date(2016, 2, 1)}),
        (date(2016, 1, 1), {date(2016, 1, 1), date(2015, 12, 1)}),
    ],
)
def test_this_month_and_the_previous_one_are_read_by_day(today: date, months: set[date]) -> None:
    assert months_shown(today) == months
