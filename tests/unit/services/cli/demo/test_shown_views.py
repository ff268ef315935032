from dataclasses import replace

import orjson
import pytest

from services.cli.demo.demo_error import DemoError
from services.cli.demo.shown_views import Views, check
from shared.contract import DetailedTicketView, TicketQueryView, TicketStats, parse_event
from tests.support.data.contract_examples import example

PLAYED = [
    parse_event(orjson.dumps(example("event", name)))
    for name in ("TicketOpened", "TicketUpdated", "InterventionFinished", "CallEmittedTo", "TicketClosed")
]
VIEWS = Views(
    item=TicketQueryView.model_validate_json(orjson.dumps(example("view", "list")["result"][0])),
    detail=DetailedTicketView.model_validate_json(orjson.dumps(example("view", "detail"))),
    stats=TicketStats.model_validate_json(orjson.dumps(example("view", "stats"))),
    feed=PLAYED,
)
NO_NEW_TICKETS = VIEWS.stats.model_copy(
    update={"newTickets": VIEWS.stats.newTickets.model_copy(update={"lastSevenDays": 0})}
)


def test_views_that_say_what_was_played_are_right() -> None:
    check(VIEWS, PLAYED)


@pytest.mark.parametrize(
    ("views", "reason"),
    [
        (
            replace(VIEWS, item=VIEWS.item.model_copy(update={"status": "OPENED"})),
            "the list shows the ticket OPENED, not CLOSED",
        ),
        (
            replace(VIEWS, detail=VIEWS.detail.model_copy(update={"journal": []})),
            "the journal lists nothing, not TicketUpdated, InterventionFinished, CallEmittedTo, TicketClosed",
        ),
        (replace(VIEWS, stats=NO_NEW_TICKETS), "the statistics do not count the ticket"),
        (replace(VIEWS, feed=PLAYED[1:]), "the feed has other events than the 5 that were answered, or another order"),
    ],
)
def test_a_wrong_view_is_named(views: Views, reason: str) -> None:
    with pytest.raises(DemoError) as failed:
        check(views, PLAYED)
    assert str(failed.value) == reason
