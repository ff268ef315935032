"""The report of the benchmark of reads: figures next to their targets."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from services.cli.bench.portfolio import make_portfolio
from services.cli.bench.reads.exports import Speeds
from services.cli.bench.reads.questions import DETAILS, FEEDS, FIRST_PAGE, PAGES, UNCHANGED, questions
from services.cli.bench.reads.read_rate import Answers, Figures, ceiling
from services.cli.bench.reads.read_report import answers, promises
from services.cli.bench.report import Result
from services.gateway.parameters.filters import read_selection
from services.gateway.parameters.query import Query
from tests.support.expected.tables import printed

ASKED = questions(make_portfolio(1_000, date(2026, 3, 1)), datetime(2026, 3, 1, tzinfo=UTC))
COMPARED = [FIRST_PAGE, UNCHANGED, PAGES, DETAILS, FEEDS]
FAST = Speeds(size=40_000_000, ours=90e6, raw=100e6, models=5e6)


def figures(*, bytes_rate: float = 6_000, **slower: float) -> Answers:
    """Return 4 ms for every question that is not `slower` (names with _ for spaces), and 5,000 answers a second."""
    times = {name.replace("_", " "): seconds for name, seconds in slower.items()}
    found = {question.name: times.get(question.name, 0.004) for question in ASKED}
    by_name = {name: Figures(5_000.0, seconds, 2 * seconds) for name, seconds in found.items()}
    ceilings = {ceiling(name): Figures(bytes_rate, 0.001, 0.002) for name in COMPARED}
    in_order = [name for question in ASKED for name in (question.name, ceiling(question.name))]
    both = by_name | ceilings
    return {count: {name: both[name] for name in in_order if name in both} for count in (1, 32)}


def missed(results: list[Result]) -> list[str]:
    return [one.what for one in results if one.verdict == "missed"]


def test_every_question_can_be_read_and_selects() -> None:
    targets = [urlsplit(target) for question in ASKED for target in question.targets]
    assert len({question.name for question in ASKED}) == len(ASKED)
    for path, query in ((target.path, target.query) for target in targets):
        if path.startswith("/api/v1/tickets"):
            selection = read_selection(Query(query.encode()), date(2026, 3, 1))
            assert bool(parse_qs(query).keys() - {"range"}) == (selection != type(selection)())


def test_a_compared_question_is_listed_right_above_its_ceiling() -> None:
    rows = printed(answers(figures()))
    assert [row[0] for row in rows[1:5]] == [FIRST_PAGE, ceiling(FIRST_PAGE), UNCHANGED, ceiling(UNCHANGED)]
    assert rows[1][1:] == ["5,000", "4.0", "8.0"] * 2


@pytest.mark.parametrize(
    ("slower", "what"),
    [
        ({}, []),
        ({"list,_page_at_99_%": 0.0061}, ["list, page at 99 % / first page, p50"]),
        ({"statistics,_a_town": 0.011}, ["statistics, a town, p50"]),
        ({"list,_a_provider": 0.6}, ["other filters, slowest: list, a provider, p50"]),
    ],
)
def test_what_is_slower_than_promised_is_said(slower: dict[str, float], what: list[str]) -> None:
    assert missed(promises(ASKED, figures(**slower), FAST)) == what


@pytest.mark.parametrize(
    ("speeds", "what"),
    [(Speeds(1_000, 79e6, 100e6, 1e6), "raw read"), (Speeds(1_000, 90e6, 100e6, 9.1e6), "models")],
)
def test_an_export_is_compared_with_a_raw_read_and_with_models(speeds: Speeds, what: str) -> None:
    (missed_one,) = missed(promises(ASKED, figures(), speeds))
    assert what in missed_one


@pytest.mark.parametrize(
    ("bytes_rate", "count"), [(6_000, 0), (8_000, 1), (9_000, 2), (30_000, 3), (45_000, 4), (60_000, 5)]
)
def test_compared_questions_have_targets_on_the_most_connections(bytes_rate: float, count: int) -> None:
    found = missed(promises(ASKED, figures(bytes_rate=bytes_rate), FAST))
    by_target = [UNCHANGED, FIRST_PAGE, DETAILS, FEEDS, PAGES]
    assert sorted(found) == sorted(f"{name} / as many bytes from memory, 32" for name in by_target[:count])
