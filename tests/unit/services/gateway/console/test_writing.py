"""Dates, durations, numbers and the texts of people."""

from datetime import UTC, date, datetime

import pytest

from services.gateway.console import writing
from services.gateway.console.languages import TEXTS

EN, FR = TEXTS["en"], TEXTS["fr"]


def test_dates_are_those_of_the_platforms_zone() -> None:
    assert writing.moment(EN, "2026-06-30T22:30:00.000Z") == "2026-07-01 00:30"
    assert writing.moment(FR, "2026-06-30T22:30:00.000Z") == "01/07/2026 00:30"
    assert writing.clock(FR, datetime(2026, 1, 1, 12, 0, 9, tzinfo=UTC)) == "13:00:09"
    assert writing.day(EN, "2026-11-30") == "Monday 2026-11-30"
    assert writing.day(FR, date(2026, 11, 30)) == "lundi 30/11/2026"
    assert writing.short_day(FR, date(2026, 11, 3)) == "03/11"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_the_ends_of_the_calendar_are_written(at: str) -> None:
    assert writing.moment(EN, at)


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (0, "0 ms"),
        (850, "850 ms"),
        (12_400, "12 s"),
        (61_000, "1 min 1 s"),
        (3_900_000, "1 h 5 min"),
        (10**9, "11 d 13 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(milliseconds: int, written: str) -> None:
    assert writing.duration(EN, milliseconds).replace("\u00a0", " ") == written


def test_numbers_have_their_thousands_apart() -> None:
    assert (writing.count(EN, 1_234_567), writing.count(FR, 1_234)) == ("1,234,567", "1\u202f234")
    assert [writing.rate(FR, number) for number in (0, 0.24, 9.96, 1_234.6)] == ["0", "0,2", "10,0", "1\u202f235"]


def test_texts_of_people_are_cut_and_have_no_control_characters() -> None:
    assert writing.cut("a" * 200_000, 10) == "a" * 9 + "…"
    assert writing.cut("\x00a\x1b\nb\tc\x9f\ud800", 20) == "\ufffda\ufffd\nb\tc\ufffd\ufffd"
    assert writing.cut("whole", 5) == "whole"
