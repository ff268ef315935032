"""Reading `traceparent` (W3C Trace Context, Level 1), and passing it on without exported spans."""

import pytest

from shared.telemetry.traces import begin, current, is_recording, readable, trace_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (VALID, VALID),
        (f"cc-{TRACE}-{SPAN}-01", VALID),
        (f"cc-{TRACE}-{SPAN}-01-what-a-later-version-adds", VALID),
        (f"{VALID}-more", None),
        (f"{VALID}x", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_valid_traceparent_is_continued(given: str | None, read: str | None) -> None:
    assert readable(given) == read


def test_the_current_trace_is_that_of_the_request_being_answered() -> None:
    assert current() is None
    with begin("GET /", "server", VALID):
        assert current() == VALID
    assert current() is None


def test_without_an_export_a_trace_is_passed_on_unchanged() -> None:
    assert not is_recording()
    span = begin("publish", "producer", VALID)
    span.end({"messaging.system": "kafka"})
    assert span.traceparent == VALID


def test_without_a_trace_an_unsampled_one_begins() -> None:
    made = {begin("POST", "server", None).traceparent for _ in range(2)}
    assert len(made) == 2
    for traceparent in made:
        assert readable(traceparent) == traceparent
        assert traceparent.endswith("-00")
        assert len(trace_of(traceparent) or "") == 32
