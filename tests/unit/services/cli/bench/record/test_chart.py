"""The picture: one bar for each target, as long as the result is good."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from services.cli.bench.record.chart import BARS, LEFT, MARGIN, WIDTH, chart
from services.cli.bench.report import Result, at_least, at_most

SVG = "{http://www.w3.org/2000/svg}"


def drawn(**groups: list[Result]) -> ET.Element:
    return ET.fromstring(chart(groups))  # noqa: S314 - made here


def bars(picture: ET.Element) -> list[ET.Element]:
    return [bar for bar in picture.iter(f"{SVG}rect") if bar.get("class") != "ground"]


def texts(picture: ET.Element, kind: str) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text") if text.get("class") == kind]


@pytest.mark.parametrize(
    ("result", "length", "verdict"),
    [
        (at_least("a", 0.25, 0.5), BARS / 4, "missed"),
        (at_least("a", 0.5, 0.5), BARS / 2, "reached"),
        (at_most("a", 20, 10), BARS / 4, "missed"),
        (at_most("a", 1, 10), BARS, "reached"),
        (at_most("a", 0, 10), BARS, "reached"),
    ],
)
def test_a_bar_reaches_the_line_when_the_target_is_reached(result: Result, length: float, verdict: str) -> None:
    picture = drawn(Group=[result])
    (bar,) = bars(picture)
    (line,) = picture.iter(f"{SVG}line")
    assert float(bar.get("width", "")) == length
    assert bar.get("class") == verdict
    assert line.get("x1") == line.get("x2") == f"{LEFT + BARS / 2:g}"


def test_results_without_a_target_and_groups_of_them_are_left_out() -> None:
    picture = drawn(Some=[at_least("a", 1, 2), at_least("b", 1)], None_=[at_most("c", 1)])
    assert texts(picture, "label") == ["a"]
    assert texts(picture, "group") == ["Some"]


def test_figures_stand_beside_the_bars_and_a_missed_target_is_named_in_words() -> None:
    picture = drawn(Group=[at_least("a", 0.4, 0.5), at_most("b", 3, 4, unit=" ms")])
    assert texts(picture, "figure") == ["0.40, at least 0.5, missed", "3.00 ms, at most 4 ms"]


def test_names_are_quoted_and_cut() -> None:
    (short, long) = texts(drawn(Group=[at_least("<a> & b", 1, 1), at_least("x" * 100, 1, 1)]), "label")
    assert short == "<a> & b"
    assert len(long) == 64
    assert long.endswith("…")


def test_rows_do_not_overlap_and_stay_inside() -> None:
    picture = drawn(One=[at_least("a", 9, 1), at_least("b", 1, 1)], Two=[at_least("c", 1, 1)])
    tops = [float(bar.get("y", "")) for bar in bars(picture)]
    heights = [float(text.get("y", "")) for text in picture.iter(f"{SVG}text") if text.get("class") != "figure"]
    assert all(later - earlier >= 20 for earlier, later in pairwise(tops))
    assert len(set(heights)) == len(heights)
    assert max(tops) + 12 < float(picture.get("height", "")) - MARGIN
    assert all(float(bar.get("x", "")) + float(bar.get("width", "")) < WIDTH for bar in bars(picture))


def test_it_is_readable_in_light_and_dark() -> None:
    style = next(drawn(Group=[]).iter(f"{SVG}style")).text or ""
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    for kind in (".ground", "text", ".legend", ".reached", ".missed", ".target"):
        assert f"{kind} {{" in light
        assert f"{kind} {{" in dark
