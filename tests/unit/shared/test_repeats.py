from itertools import count

import pytest

from shared.telemetry import repeats
from shared.telemetry.repeats import Repeats, same_facts, same_text


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def passed(lines: Repeats, clock: Clock, seconds: int, *, each: float = 1.0) -> list[int]:
    """Log the same line every `each` seconds, and return the results of those that passed."""
    said = []
    for _ in range(int(seconds / each)):
        said.append(lines.passes("away"))
        clock.now += each
    return [left_out for left_out in said if left_out is not None]


def test_a_repeated_line_passes_once_a_minute_with_the_number_left_out(clock: Clock) -> None:
    assert passed(Repeats(clock), clock, 180) == [0, 59, 59]


def test_hundreds_of_lines_a_second_are_written_once_a_minute(clock: Clock) -> None:
    assert passed(Repeats(clock), clock, 120, each=1 / 256) == [0, 60 * 256 - 1]


def test_a_line_after_a_silence_passes(clock: Clock) -> None:
    lines = Repeats(clock)
    assert passed(lines, clock, 10) == [0]
    clock.now += repeats.SILENCE_SECONDS
    assert lines.passes("away") == 9


def test_a_line_passes_after_its_source_has_changed(clock: Clock) -> None:
    lines = Repeats(clock)
    assert [lines.passes("away", "relay"), lines.passes("away", "relay"), lines.passes("slow", "other")] == [0, None, 0]
    lines.changed("relay")
    lines.changed("unheard of")
    assert [lines.passes("away", "relay"), lines.passes("slow", "other")] == [0, None]


def test_another_kind_passes(clock: Clock) -> None:
    lines = Repeats(clock)
    assert [lines.passes(kind) for kind in ("away", "refused", "away", "refused")] == [0, 0, None, None]


def test_a_limited_number_of_kinds_is_remembered(clock: Clock) -> None:
    lines = Repeats(clock)
    assert lines.passes("away") == 0
    for number in range(3 * repeats.MAX_KINDS):
        assert lines.passes(number) == 0
        assert lines.passes("away") is None
    assert lines.passes(0) == 0
    assert lines.passes(3 * repeats.MAX_KINDS - 1) is None


def test_texts_that_differ_only_in_numbers_are_of_one_kind() -> None:
    assert same_text("node 1 at 127.0.0.1:9092 <Task 0x7f3a>") == same_text("node 12 at 127.0.0.9:41 <Task 0x9bc>")
    assert same_text("node 1 is away") != same_text("node 1 is back")
    assert len(same_text("x" * 1_000_000)) == repeats.LONGEST_KIND


@pytest.mark.parametrize(
    "other",
    [
        {"event": "relay_started"},
        {"kind": "TimeoutError"},
        {"reason": "refused"},
        {"partition": 4},
        {"ticket": "b"},
    ],
)
def test_lines_about_another_subject_are_of_another_kind(other: dict[str, object]) -> None:
    facts = {"event": "relay_interrupted", "kind": "KafkaError", "reason": "node 1 is away", "partition": 3}
    assert same_facts("error", facts) != same_facts("error", facts | other)
    assert same_facts("error", facts) != same_facts("warning", facts)


def test_counters_make_no_other_kind() -> None:
    numbers = count()
    facts = (
        {"event": "batch_failed", "failures": next(numbers), "trace": next(numbers), "reason": f"{next(numbers)} s"}
        for _ in range(3)
    )
    assert len({same_facts("warning", each) for each in facts}) == 1
