"""The report of the benchmark of reads: figures next to their targets."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from services.cli.bench.portfolio import make_portfolio
from services.cli.bench.reads.exports import Speeds
from services.cli.bench.reads.questions import FIRST_PAGE, questions
from services.cli.bench.reads.read_rate import CEILING, Answers, Figures
from services.cli.bench.reads.read_report import answers, promises
from services.gateway.parameters.filters import read_selection
from services.gateway.parameters.query import Query
from tests.support.expected.tables import printed, verdict

ASKED = questions(make_portfolio(1_000, date(2026, 3, 1)), datetime(2026, 3, 1, tzinfo=UTC))
FAST = Speeds(size=40_000_000, ours=60e6, raw=100e6, models=5e6)


def figures(**slower: float) -> Answers:
    """Return 4 ms for every question that is not `slower` (names with _ for spaces), and half the ceiling's rate."""
    times = {name.replace("_", " "): seconds for name, seconds in slower.items()}
    found = {question.name: times.get(question.name, 0.004) for question in ASKED}
    by_name = {name: Figures(5_000.0, seconds, 2 * seconds) for name, seconds in found.items()}
    return {count: by_name | {CEILING: Figures(10_000.0, 0.001, 0.002)} for count in (1, 32)}


def test_every_question_can_be_read_and_selects() -> None:
    lists = [question for question in ASKED if urlsplit(question.target).path.startswith("/api/v1/tickets")]
    assert len({question.name for question in ASKED}) == len(ASKED)
    for question in lists:
        query = urlsplit(question.target).query
        selection = read_selection(Query(query.encode()), date(2026, 3, 1))
        assert bool(parse_qs(query).keys() - {"range"}) == (selection != type(selection)())


def test_the_first_page_is_listed_right_above_its_ceiling() -> None:
    rows = printed(answers(ASKED, figures()))
    assert [row[0] for row in rows[1:3]] == [FIRST_PAGE, CEILING]
    assert rows[1][1:] == ["5,000", "4.0", "8.0"] * 2


@pytest.mark.parametrize(
    ("slower", "missed"),
    [
        ({}, []),
        ({"list,_page_at_99_%": 0.0061}, ["list, page at 99 % / first page"]),
        ({"statistics,_a_town": 0.011}, ["statistics, a town, p50"]),
        ({"list,_a_provider": 0.6}, ["other filters, slowest: list, a provider, p50"]),
    ],
)
def test_what_is_slower_than_promised_is_said(slower: dict[str, float], missed: list[str]) -> None:
    rows = printed(promises(ASKED, figures(**slower), FAST))
    assert [row[0] for row in rows if row[-1] == "missed"] == missed


@pytest.mark.parametrize(
    ("speeds", "what"),
    [(Speeds(1_000, 49e6, 100e6, 1e6), "raw read"), (Speeds(1_000, 90e6, 100e6, 9.1e6), "models")],
)
def test_an_export_is_compared_with_a_raw_read_and_with_models(speeds: Speeds, what: str) -> None:
    (row,) = [row for row in printed(promises(ASKED, figures(), speeds)) if row[-1] == "missed"]
    assert what in row[0]


def test_the_list_is_compared_with_bytes_from_memory() -> None:
    slow = {count: {**found, CEILING: Figures(10_100.0, 0.001, 0.002)} for count, found in figures().items()}
    assert verdict(printed(promises(ASKED, slow, FAST)), "first page / its bytes") == "missed"
