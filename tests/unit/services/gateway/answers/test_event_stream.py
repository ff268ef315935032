"""Messages of an event stream, read as the standard says that browsers read them."""

import json
from datetime import UTC, datetime

from services.gateway.answers.event_stream import message, opening, still_there
from shared.contract.codec import dump, parse_event
from tests.support.clients.event_streams import EventReader
from tests.support.data.contract_examples import example

UNTIL = datetime(2016, 5, 26, 8, 0, 0, 7000, tzinfo=UTC)
WIRE = "2016-05-26T08:00:00.007Z"


def read(*parts: bytes) -> EventReader:
    reader = EventReader()
    for part in parts:
        for byte in part:  # however the bytes arrive
            reader.feed(bytes([byte]))
    return reader


def test_a_message_is_an_id_and_events() -> None:
    reader = read(opening(UNTIL), message([b'{"a":1}', b'{"b":2}'], UNTIL))
    assert [(one.last_id, one.data) for one in reader.messages] == [(WIRE, '[{"a":1},{"b":2}]')]
    assert reader.retry == 1_000


def test_a_message_without_id_leaves_the_last_one() -> None:
    reader = read(opening(UNTIL), message([b"1"], None))
    assert [(one.last_id, one.data, one.has_id) for one in reader.messages] == [(WIRE, "[1]", False)]


def test_a_comment_moves_the_id_and_is_no_message() -> None:
    reader = read(still_there(UNTIL), still_there(None))
    assert (reader.last_id, reader.messages) == (WIRE, [])


def test_a_message_that_breaks_off_is_none() -> None:
    reader = read(opening(UNTIL), message([b"1"], UNTIL.replace(year=2017))[:-1])
    assert (reader.last_id, reader.messages) == (WIRE, [])


def test_no_text_of_an_event_breaks_a_line() -> None:
    texts = "one\ntwo\rthree\r\n\n\u2028\u2029\x85\x0b\x0c\x00id: x\n\ndata: y"
    stored = dump(parse_event(json.dumps(example("event", "MessageAdded", message=texts)).encode()))
    assert not {0x0A, 0x0D} & set(stored)
    (one,) = read(message([stored], UNTIL)).messages
    assert json.loads(one.data)[0]["message"] == texts
