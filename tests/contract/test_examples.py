"""Each example is read and written back unchanged, and refused when one of its required fields is missing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contract import (
    DetailedTicketView,
    Record,
    TicketEventError,
    TicketEventResultView,
    TicketExportView,
    TicketResultView,
    TicketStats,
    Unreadable,
    dump,
    parse_event,
    parse_increment,
    parse_open_ticket,
)
from tests.contract.shapes import COMMANDS, CONTRACT, EVENTS

Path = tuple[str | int, ...]

EXAMPLES = {path.name: path.read_bytes() for path in sorted((CONTRACT / "examples").glob("*.json"))}

VIEWS: dict[str, TypeAdapter[Any]] = {
    "view.detail.json": TypeAdapter(DetailedTicketView),
    "view.events.json": TypeAdapter(TicketEventResultView),
    "view.export.json": TypeAdapter(TicketExportView),
    "view.list.json": TypeAdapter(TicketResultView),
    "view.stats.json": TypeAdapter(TicketStats),
    "error.TicketEventError.json": TypeAdapter(TicketEventError),
}

NORMALISED: dict[str, tuple[Path, str]] = {
    "event.ProviderAssigned.json": (("sentDate",), "2016-08-25T13:31:50.000Z"),
    "event.SendingServiceOrderReported.json": (("sentDate",), "2016-08-25T13:31:50.000Z"),
    "view.export.json": (("result", 0, "freeCommentaries", 0, "date"), "2017-02-28T14:35:00.000Z"),
}


def read(name: str, body: bytes) -> Record:
    if name in VIEWS:
        record: Record = VIEWS[name].validate_json(body)
        return record
    if name.startswith("event."):
        return parse_event(body)
    return parse_open_ticket(body) if name == "command.OpenTicket.json" else parse_increment(body)


def required_fields(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of the required fields of a record and of all records inside it."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from required_fields(item, (*path, index))
    if isinstance(value, Record):
        for name, field in type(value).model_fields.items():
            if field.is_required():
                yield (*path, name)
            yield from required_fields(getattr(value, name), (*path, name))


def parent_of(body: Any, path: Path) -> Any:
    for step in path[:-1]:
        body = body[step]
    return body


def test_there_is_an_example_of_every_command_and_every_event() -> None:
    assert len(EXAMPLES) == 68
    assert {f"command.{name}.json" for name in COMMANDS} | {f"event.{name}.json" for name in EVENTS} == set(
        EXAMPLES
    ) - set(VIEWS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_written_back_equal(name: str) -> None:
    expected = json.loads(EXAMPLES[name])
    if name in NORMALISED:
        path, date = NORMALISED[name]
        parent_of(expected, path)[path[-1]] = date
    written = dump(read(name, EXAMPLES[name]))
    assert json.loads(written) == expected
    assert dump(read(name, written)) == written


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("event.")])
def test_an_event_is_written_in_the_order_of_its_table(name: str) -> None:
    written = json.loads(dump(read(name, EXAMPLES[name])))
    assert list(written) == [field for field in EVENTS[written["eventType"]]["fields"] if field in written]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_without_a_required_field_is_refused(name: str) -> None:
    paths = list(required_fields(read(name, EXAMPLES[name])))
    assert paths
    for path in paths:
        for absent in ("left out", "null"):
            body = json.loads(EXAMPLES[name])
            record = parent_of(body, path)
            if absent == "null":
                record[path[-1]] = None
            else:
                del record[path[-1]]
            with pytest.raises((Unreadable, ValidationError), match=str(path[-1])):
                read(name, json.dumps(body).encode())


@pytest.mark.parametrize("name", EXAMPLES)
def test_unknown_fields_of_an_example_are_dropped_at_any_depth(name: str) -> None:
    paths = {path[:-1] for path in required_fields(read(name, EXAMPLES[name]))}
    body = json.loads(EXAMPLES[name])
    for path in paths:
        parent_of(body, (*path, "unknown"))["unknown"] = {"deep": [None, {"deeper": 1.5}]}
    assert read(name, json.dumps(body).encode()) == read(name, EXAMPLES[name])
