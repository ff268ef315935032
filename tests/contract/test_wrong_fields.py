"""The texts of refusals: they name every missing or wrong field, and nothing that the client sent."""

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from shared.contract import (
    CommandType,
    Record,
    Unreadable,
    parse_event,
    parse_increment,
    parse_login,
    parse_open_ticket,
)
from shared.contract.codec import LARGE
from shared.contract.wrong_fields import MOST, explain
from tests.contract.shapes import CONTRACT

Path = tuple[str | int, ...]

COMMANDS: dict[str, Any] = {
    path.stem.removeprefix("command."): json.loads(path.read_text())
    for path in sorted((CONTRACT / "examples").glob("command.*.json"))
}
ENDPOINTS = yaml.safe_load((CONTRACT / "tables" / "http.yaml").read_text())["endpoints"]
ALL = ", ".join(get_args(CommandType))
UNKNOWN = "commandType is not one that the contract knows"
A_UID = "must be a uid (hexadecimal digits, 8-4-4-4-12)"
A_DATE = "must be a date and time with seconds and a zone, as 2016-08-25T16:51:23.000+02:00"
MESSAGE = COMMANDS["AddMessage"]
OPENING = COMMANDS["OpenTicket"]
TEXT = "Mme Lefèvre"
"""A text that no message may show."""


def said(parse: Callable[[bytes], Any], body: Any) -> str:
    """Return the text of the refusal, which a large body must get too."""
    sent = json.dumps(body).encode()
    with pytest.raises(Unreadable) as refusal:
        parse(sent)
    with pytest.raises(Unreadable) as of_large:
        parse(sent + b" " * LARGE)
    assert str(of_large.value) == str(refusal.value)
    return str(refusal.value)


def parser_of(command: str) -> Callable[[bytes], Any]:
    return parse_open_ticket if command == "OpenTicket" else parse_increment


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


@pytest.mark.parametrize(
    ("parse", "body", "text"),
    [
        (
            parse_increment,
            {"commandType": "AddMessage"},
            "processUid is missing; message is missing; messageAddedDate is missing",
        ),
        (
            parse_increment,
            MESSAGE | {"processUid": TEXT, "message": None, "messageAddedDate": TEXT, "operator": TEXT},
            f"processUid {A_UID}; operator must be an object; message is missing; messageAddedDate {A_DATE}",
        ),
        (
            parse_increment,
            COMMANDS["AssignProvider"] | {"provider": {"providerType": TEXT}, "purpose": {}},
            "provider.providerType is not one that the contract knows (known: ReferencedProvider, AnonymousProvider); "
            "purpose.providerAssignationPurposeType is missing",
        ),
        (
            parse_increment,
            COMMANDS["AssignProvider"]
            | {
                "provider": {
                    "name": {"nameType": "CivilName", "gender": TEXT, "firstName": 1},
                    "phones": ["1", 2, 3],
                    "fax": {},
                    "emails": [None],
                    "providerType": "AnonymousProvider",
                }
            },
            "provider.name.gender must be 'Male' or 'Female'; provider.name.firstName must be a string; "
            "provider.name.lastName is missing; provider.phones[1] must be a string; provider.fax must be an array; "
            "provider.emails[0] must be a string",
        ),
        (
            parse_open_ticket,
            OPENING
            | {"ticket": OPENING["ticket"] | {"address": {"city": 1}, "caller": {}, "additionalData": {TEXT: 1}}},
            "ticket.caller must be AutomatonCaller or an object with callerType HumanCaller; "
            "ticket.address.street is missing; ticket.address.zipCode is missing; "
            "ticket.address.city must be a string; ticket.additionalData.* must be a string",
        ),
        (
            parse_open_ticket,
            {},
            "processUid is missing; locationRef is missing; ticket is missing; openedDate is missing; "
            "commandType is missing",
        ),
        (parse_open_ticket, OPENING | {"commandType": 3}, "commandType must be a string"),
        (parse_open_ticket, OPENING | {"commandType": None}, "commandType is missing"),
        (parse_open_ticket, [OPENING], "the body must be an object"),
        (parse_increment, {}, "commandType is missing"),
        (parse_increment, MESSAGE | {"commandType": [TEXT]}, "commandType must be a string"),
        (parse_increment, MESSAGE | {"commandType": TEXT}, f"{UNKNOWN} (known: {ALL})"),
        (parse_increment, MESSAGE | {"commandType": TEXT * 20_000}, f"{UNKNOWN} (known: {ALL})"),
        (parse_increment, MESSAGE | {"commandType": "addMesage"}, f"{UNKNOWN} (nearest: AddMessage; known: {ALL})"),
        (parse_increment, MESSAGE | {"commandType": "TicketOpen"}, f"{UNKNOWN} (nearest: OpenTicket; known: {ALL})"),
        (
            parse_open_ticket,
            without(OPENING, "processUid") | {"commandType": "OpenTickets"},
            f"processUid is missing; {UNKNOWN} (nearest: OpenTicket; known: {ALL})",
        ),
        (parse_login, {}, "login is missing; password is missing"),
        (parse_login, {"login": 1, "password": None}, "login must be a string; password is missing"),
        (parse_event, {}, "eventType is missing"),
        (parse_event, {"eventType": "MessageAdd"}, "eventType is not one that the contract knows"),
    ],
)
def test_a_refusal_names_every_wrong_field(parse: Callable[[bytes], Any], body: Any, text: str) -> None:
    assert said(parse, body) == text


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_at_the_wrong_endpoint_is_told_the_right_one(command: str) -> None:
    right = ENDPOINTS["openTicket" if command == "OpenTicket" else "incrementTicket"]
    path = right["path"].replace(":ticket_uid", "<uid of the ticket>")
    wrong = parse_increment if command == "OpenTicket" else parse_open_ticket
    for body in (COMMANDS[command], {"commandType": command}):
        assert said(wrong, body) == f"{command} is sent with {right['method']} to {path}"


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every field in `value` that can be broken alone. Keys of maps are not fields."""
    if isinstance(value, dict) and path[-1:] not in (("altCallPurpose",), ("additionalData",)):
        for name, inside in value.items():
            if not name.endswith("Type"):  # without its tag, the rest of an object cannot be judged
                yield (*path, name)
            yield from places(inside, (*path, name))


def broken(value: Any, path: Path, chosen: dict[Path, str]) -> Any:
    """Return `value` with the fields of `chosen` removed, set to null or of another type."""
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, inside in value.items():
        change = chosen.get((*path, name))
        if change is None:
            kept[name] = broken(inside, (*path, name), chosen)
        elif change != "removed":
            kept[name] = None if change == "null" else 3
    return kept


def refuses(command: str, path: Path, change: str) -> bool:
    try:
        parser_of(command)(json.dumps(broken(COMMANDS[command], (), {path: change})).encode())
    except Unreadable:
        return True
    return False


BREAKABLE = {
    command: [
        (path, change)
        for path in places(COMMANDS[command])
        for change in ("removed", "null", "number")
        if refuses(command, path, change)
    ]
    for command in COMMANDS
}
"""What can be done to one field of an example so that it is refused: a field that is not required may be removed."""


@given(st.data())
def test_a_refusal_names_exactly_the_fields_that_were_broken(data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(sorted(COMMANDS)))
    drawn = data.draw(st.lists(st.sampled_from(BREAKABLE[command]), min_size=1, unique_by=lambda change: change[0]))
    chosen = {path: change for path, change in drawn if not any(path[:n] in dict(drawn) for n in range(1, len(path)))}
    clauses = said(parser_of(command), broken(COMMANDS[command], (), chosen)).split("; ")
    more = len(chosen) - MOST
    assert clauses[MOST:] == ([f"and {more} more"] if more > 0 else [])
    named = dict(clause.split(" ", 1) for clause in clauses[:MOST])
    whole = {".".join(map(str, path)): change for path, change in chosen.items()}
    assert named.keys() <= whole.keys()
    assert len(named) == min(len(chosen), MOST)
    for path, expectation in named.items():
        assert (expectation == "is missing") == (whole[path] != "number") or path == "ticket.caller"


def test_a_text_is_bounded_and_says_how_many_more_there_are() -> None:
    update = COMMANDS["UpdateTicket"]
    address = dict.fromkeys(("quality", "street", "complement", "zipCode", "city", "state", "country"), 1)
    supplements = {
        "recipientIdentificationSupplement": dict.fromkeys(("floor", "unit", "entrance", "elevator", "staircase"), 1),
        "geographicalIdentificationSupplement": {"building": 1},
    }
    called = {"name": 1, "medium": {"contactMediumType": "Phone", "phone": 1}, "availability": "1", "comment": 1}
    ticket = {
        "caller": {"callerType": "HumanCaller", "name": {"nameType": "CivilName"}, "comment": 1},
        "contactToCallback": called,
        "claimNumber": {"callCenterClaimNumber": 1, "clientClaimNumber": 1},
        "address": address | supplements,
        "request": 1,
    }
    text = said(parse_increment, update | {"processUid": 1, "ticket": ticket})
    *clauses, last = text.split("; ")
    assert (len(clauses), last) == (MOST, "and 7 more")
    assert len(text.encode()) < 4 * 1024


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (int, "1", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (float, "1", "must be a number"),
        (bool, 1, "must be true or false"),
        (Annotated[int, Field(ge=2)], 1, "must be at least 2"),
        (Annotated[int, Field(gt=2)], 1, "must be more than 2"),
        (Annotated[int, Field(le=2)], 3, "must be at most 2"),
        (Annotated[int, Field(lt=2)], 3, "must be less than 2"),
        (Annotated[str, Field(min_length=2)], "a", "must have at least 2 letters"),
        (Annotated[str, Field(max_length=2)], TEXT, "may have 2 letters"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "has the wrong form"),
    ],
)
def test_what_a_field_must_be_is_said_for_types_that_commands_do_not_have_yet(kind: Any, value: Any, text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(kind, config=Record.model_config).validate_json(json.dumps(value))
    assert explain(refusal.value).text == f"the body {text}"
