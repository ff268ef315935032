from io import StringIO

import orjson
import pytest
from rich.console import Console, RenderableType

from services.cli.demo.printed import command_line, facts, feed, flat, head_line, heading, journal, summary
from services.cli.demo.story import STORY, Played, Step
from shared.contract import DetailedTicketView, parse_event
from tests.support.data.contract_examples import example

OPENED = Played(Step("OpenTicket", "TicketOpened"), 201, 23.4)
REFUSED = Played(Step("ScheduleMission", "ImpossibleToScheduleMissionIfNoProviderIsAssigned"), 400)


def printed(*parts: RenderableType, width: int = 100) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False)
    for part in parts:
        console.print(part)
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_the_lines_of_commands_are_aligned_although_each_is_printed_alone() -> None:
    assert printed(head_line(100), command_line(100, OPENED), command_line(100, REFUSED)) == [
        "command                     event or refusal                                   status   visible",
        "OpenTicket                  TicketOpened                                          201     23 ms",
        "ScheduleMission             ImpossibleToScheduleMissionIfNoProviderIsAssigned     400",
    ]


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_line_of_a_command_is_wider_than_the_terminal_or_loses_anything(width: int) -> None:
    for step in STORY:
        lines = printed(command_line(width, Played(step, 200, 12345)), width=width)
        assert max(map(len, lines)) <= width
        assert step.outcome in "".join(line[28:].split(" ")[0] for line in lines)


def test_the_waits_are_summed_up_without_the_refusals() -> None:
    waits = [Played(OPENED.step, 200, wait) for wait in (10.0, 20.0, 90.0)]
    assert summary([*waits, REFUSED]).plain == (
        "3 events, each in the view 20 ms after its answer (median), 90 ms at most"
    )


def test_a_heading_shows_the_request_for_the_view() -> None:
    assert heading("Statistics", "GET /api/v1/tickets/stats").plain == "\nStatistics  GET /api/v1/tickets/stats"


def test_an_object_is_a_line_for_each_value() -> None:
    value = {"uid": "1", "agencies": [{"name": "North"}, {"name": "South"}], "address": {"city": "PARIS"}, "fax": []}
    assert list(flat(value)) == [
        ("uid", "1"),
        ("agencies.0.name", "North"),
        ("agencies.1.name", "South"),
        ("address.city", "PARIS"),
        ("fax", ""),
    ]
    assert printed(facts({"phones": ["01", "02"], "address": {"city": "[PARIS]"}})) == [
        "phones        01, 02",
        "address.city  [PARIS]",
    ]


def test_a_journal_reads_by_day_in_the_time_of_paris() -> None:
    detail = DetailedTicketView.model_validate_json(orjson.dumps(example("view", "detail")))
    assert printed(journal(detail.journal)) == [
        "2016-05-26",
        "     10:16  TicketUpdated",
        "     10:18  InterventionFinished",
        "     10:18  CallEmittedTo         called: Mr Provider, medium: PHONE, identifier: 0146304312",
        "     10:18  TicketClosed",
    ]


def test_a_feed_is_a_line_for_each_event() -> None:
    event = parse_event(orjson.dumps(example("event", "MessageAdded", sentDate="2016-08-25T18:45:01.000Z")))
    assert printed(feed([event])) == ["2016-08-25T18:45:01.000Z  MessageAdded  0c53f4c1-7cbc-54f5-a1c0-ae8391f87165"]
