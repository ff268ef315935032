"""The id of an event: written and read by the same module."""

import pytest

from shared.storage.event_document import VERSION_DIGITS, event_id, read_event_id

TICKET = "8074964f-c633-3c2a-055f-bbaf8ca8181b"


@pytest.mark.parametrize("version", [1, 42, 10**VERSION_DIGITS - 1])
def test_an_id_is_read_as_it_was_written(version: int) -> None:
    assert read_event_id(event_id(TICKET, version)) == (TICKET, version)


@pytest.mark.parametrize("version", ["", "x", "-1", "1:2", "1 ", "²", "٣", "1" + "0" * VERSION_DIGITS])
def test_what_is_no_number_of_an_event_is_no_version(version: str) -> None:
    assert read_event_id(f"{TICKET}:{version}") == (TICKET, None)


def test_a_ticket_alone_has_no_version() -> None:
    assert read_event_id(TICKET) == (TICKET, None)
