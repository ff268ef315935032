"""Reading and writing of bodies, with cases for each number of the contract about JSON."""

import json
import time
from typing import Any

import pytest

from shared.contract import (
    AddMessage,
    BasicAddress,
    GeographicalIdentificationSupplement,
    HumanCaller,
    LoginRequest,
    MessageAdded,
    Phone,
    PoorName,
    RecipientIdentificationSupplement,
    ReferencedUser,
    TicketCreationFrequencyStats,
    TicketOpened,
    Unreadable,
    dump,
    parse_event,
    parse_increment,
    parse_login,
    parse_open_ticket,
)
from tests.contract.shapes import CONTRACT

UID = "0c53f4c1-7cbc-54f5-a1c0-ae8391f87165"
MESSAGE = (
    '{"processUid":"0c53f4c1-7cbc-54f5-a1c0-ae8391f87165","message":"hello",'
    '"messageAddedDate":"2016-08-25T20:45:00.000+02:00","commandType":"AddMessage"}'
)
OPEN_TICKET = (CONTRACT / "examples" / "command.OpenTicket.json").read_text()
DATE = "2016-08-25T20:45:00.000+02:00"
STILL_ON_SITE = "stillOnSite must be 'Yes', 'No', 'NotAsked', 'ProviderRefuseToReply' or 'NA'"
HUMAN = {"callerType": "HumanCaller"}
CIVIL_NAME = {"firstName": "Claire", "lastName": "Lefèvre", "nameType": "CivilName"}
ADDRESS = {"street": "12 rue de Gand", "zipCode": "59200", "city": "TOURCOING"}
TICKET_OPENED = (CONTRACT / "examples" / "event.TicketOpened.json").read_text()


def message(**changes: Any) -> bytes:
    """Return an AddMessage with some fields changed."""
    return json.dumps(json.loads(MESSAGE) | changes).encode()


def opening(**changes: Any) -> bytes:
    """Return an OpenTicket with some fields of its ticket changed."""
    body = json.loads(OPEN_TICKET)
    return json.dumps(body | {"ticket": body["ticket"] | changes}).encode()


def nested(depth: int, shape: str) -> bytes:
    """Return an AddMessage whose unknown field makes the body `depth` levels deep."""
    left, right = {"arrays": ("[", "]"), "objects": ('{"x":', "}")}[shape]
    inside = left * (depth - 1) + ("0" if shape == "objects" else "") + right * (depth - 1)
    return MESSAGE.replace("{", f'{{"unknown":{inside},', 1).encode()


def with_member(member: str) -> bytes:
    """Return an AddMessage with one more member at the beginning."""
    return MESSAGE.replace("{", f"{{{member},", 1).encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xef\xbb\xbf" + MESSAGE.encode(), id="byte order mark"),
        pytest.param(MESSAGE.encode("utf-16"), id="UTF-16"),
        pytest.param(MESSAGE.replace("hello", "h\xe9llo").encode("latin-1"), id="invalid UTF-8"),
        pytest.param(with_member('"unknown":"\xe9"').replace(b"\xc3\xa9", b"\xff"), id="invalid UTF-8, unknown field"),
        pytest.param(MESSAGE.replace("hello", "h\\ud800llo").encode(), id="lone leading surrogate"),
        pytest.param(MESSAGE.replace("hello", "h\\udc00llo").encode(), id="lone trailing surrogate"),
        pytest.param(with_member('"unknown":["\\ud800"]'), id="lone surrogate, unknown field"),
        pytest.param(with_member('"\\ud800":1'), id="lone surrogate, key"),
        pytest.param(MESSAGE.encode().replace(b"hello", b"\xed\xa0\x80"), id="surrogate in UTF-8"),
        pytest.param(with_member('"a\\u0000b":1'), id="NUL in an unknown key"),
        pytest.param(with_member('"unknown":[{"\\u0000":1}]'), id="NUL in a deep key"),
        pytest.param(MESSAGE.replace("hello", "a\0b").encode(), id="raw control character"),
        pytest.param(nested(65, "arrays"), id="65 levels of arrays"),
        pytest.param(nested(65, "objects"), id="65 levels of objects"),
        pytest.param(nested(100_000, "arrays"), id="100000 levels"),
        pytest.param(with_member('"unknown":NaN'), id="NaN"),
        pytest.param(with_member('"unknown":-Infinity'), id="Infinity"),
        pytest.param(MESSAGE.encode() + b"{}", id="two bodies"),
        pytest.param(MESSAGE.encode()[:-1], id="cut short"),
        pytest.param(MESSAGE.replace('"}', '",}').encode(), id="trailing comma"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"AddMessage"', id="string"),
    ],
)
def test_a_body_that_is_no_strict_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^the body "):
        parse_increment(body)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(nested(64, "arrays"), "hello", id="64 levels of arrays"),
        pytest.param(nested(64, "objects"), "hello", id="64 levels of objects"),
        pytest.param(nested(64, "arrays").replace(b"{", b'{"more":[[]],', 1), "hello", id="64 levels and more beside"),
        pytest.param(with_member('"unknown":[' + "[]," * 500 + "[]]"), "hello", id="wide, not deep"),
        pytest.param(message(message='"{[' * 300 + "\\"), '"{[' * 300 + "\\", id="brackets inside a text"),
        pytest.param(message(message="a\0b"), "a\0b", id="NUL in a text"),
        pytest.param(message(message="\\u0000 NaN Infinity"), "\\u0000 NaN Infinity", id="words that look alike"),
        pytest.param(message(message="\U0001f600"), "\U0001f600", id="surrogate pair"),
        pytest.param(message(message=""), "", id="empty text"),
        pytest.param(b" \r\n\t" + MESSAGE.encode() + b"\n", "hello", id="white space around"),
        pytest.param(with_member('"message":{"not":"a text"}'), "hello", id="the last of a duplicate key wins"),
        pytest.param(with_member('"commandType":"CancelTicket"'), "hello", id="the last of a duplicate tag wins"),
    ],
)
def test_a_body_that_is_unusual_but_sound_is_read(body: bytes, text: str) -> None:
    command = parse_increment(body)
    assert isinstance(command, AddMessage)
    assert command.message == text


def test_a_text_without_an_end_is_read_only_once() -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable):
        parse_increment(b"[]" * 65 + b'"' + b'\\"' * 100_000)
    assert time.monotonic() - began < 10  # a search from each quote would take minutes


@pytest.mark.parametrize(
    ("received", "kept", "in_utc"),
    [
        ("2016-08-25T16:51:23+02:00", "2016-08-25T16:51:23.000+02:00", "2016-08-25T14:51:23.000Z"),
        ("2016-08-25T16:51:23.4Z", "2016-08-25T16:51:23.400Z", "2016-08-25T16:51:23.400Z"),
        ("2016-08-25T16:51:23.45-00:30", "2016-08-25T16:51:23.450-00:30", "2016-08-25T17:21:23.450Z"),
        ("2016-02-29T00:00:00.001+18:00", "2016-02-29T00:00:00.001+18:00", "2016-02-28T06:00:00.001Z"),
        ("2016-12-31T23:59:59.999-18:00", "2016-12-31T23:59:59.999-18:00", "2017-01-01T17:59:59.999Z"),
        ("2016-08-25T16:51:23.456789+02:00", "2016-08-25T16:51:23.456+02:00", "2016-08-25T14:51:23.456Z"),
        ("2016-08-25T16:51:23.0019999Z", "2016-08-25T16:51:23.001Z", "2016-08-25T16:51:23.001Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_business_dates_keep_their_offset_and_sent_dates_become_utc(received: str, kept: str, in_utc: str) -> None:
    event = MessageAdded(
        processUid=UID,
        aggregateUid=UID,
        operator=ReferencedUser(userUid=UID, operatorType="ReferencedUser"),
        message="hello",
        messageAddedDate=received,
        sentDate=received,
        eventType="MessageAdded",
    )
    assert (event.messageAddedDate, event.sentDate) == (kept, in_utc)
    assert parse_event(dump(event)) == event


@pytest.mark.parametrize(
    "date",
    [
        "2016-02-30T00:00:00Z",
        "2015-02-29T00:00:00Z",
        "2016-13-01T00:00:00Z",
        "2016-00-01T00:00:00Z",
        "2016-08-00T00:00:00Z",
        "2016-08-25T24:00:00Z",
        "2016-08-25T23:60:00Z",
        "2016-08-25T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2016-08-25T00:00:00+18:01",
        "2016-08-25T00:00:00-19:00",
        "2016-08-25T00:00:00+01:60",
        "2016-08-25T00:00:00",
        "2016-08-25T00:00:00.Z",
        "2016-08-25T00:00:00.0000000001Z",
        "2016-08-25T00:00:00,000Z",
        "2016-08-25T00:00:00+0200",
        "2016-08-25T00:00:00z",
        "2016-08-25 00:00:00Z",
        "2016-08-25T00:00Z",
        "2016-08-25T00:00:00Z\n",
        "2016-08-25",
        "\u0662\u0660\u0661\u0666-08-25T00:00:00Z",
        "2016-08-25T00:00:00.\u0661Z",
        "",
    ],
)
def test_a_date_that_does_not_exist_or_has_no_zone_is_refused(date: str) -> None:
    with pytest.raises(Unreadable, match=r"^messageAddedDate must be a date and time"):
        parse_increment(message(messageAddedDate=date))


def test_uids_are_read_in_either_case_and_kept_in_lower_case() -> None:
    assert parse_increment(message(processUid=UID.upper())).processUid == UID


@pytest.mark.parametrize(
    "uid", ["", UID[:-1], UID + "0", UID.replace("c", "y"), UID.replace("-", ""), UID + "\n", f"{{{UID}}}"]
)
def test_a_text_that_is_no_uid_is_refused(uid: str) -> None:
    with pytest.raises(Unreadable, match=r"^processUid must be a uid"):
        parse_increment(message(processUid=uid))


def test_a_null_reads_as_absent_and_is_not_written() -> None:
    command = parse_increment(message(operator=None))
    assert command == parse_increment(MESSAGE.encode())
    assert dump(command) == MESSAGE.encode()


def test_nulls_of_additional_data_are_kept_and_nulls_of_another_map_are_dropped() -> None:
    command = parse_open_ticket(
        opening(additionalData={"a": None, "b": "x"}, altCallPurpose={"a": None, "b": ["x", "y"]})
    )
    assert command.ticket.additionalData == {"a": None, "b": "x"}
    assert command.ticket.altCallPurpose == {"b": ["x", "y"]}
    assert json.loads(dump(command))["ticket"]["additionalData"] == {"a": None, "b": "x"}


@pytest.mark.parametrize(
    ("ticket", "path"),
    [
        ({"altCallPurpose": {"family": ["x", None]}}, "ticket.altCallPurpose.*[1]"),
        ({"altCallPurpose": {"family": "x"}}, "ticket.altCallPurpose.*"),
        ({"altCallPurpose": ["x"]}, "ticket.altCallPurpose"),
        ({"additionalData": {"Mme Lefèvre": 3}}, "ticket.additionalData.*"),
        ({"additionalData": {"city": 3}}, "ticket.additionalData.*"),
        ({"altCallPurpose": {"HumanCaller": [3]}}, "ticket.altCallPurpose.*[0]"),
        ({"additionalData": [["a", "b"]]}, "ticket.additionalData"),
        ({"request": 3}, "ticket.request"),
        ({"request": None}, "ticket.request"),
        ({"instructions": False}, "ticket.instructions"),
        ({"address": "3 rue de Paris"}, "ticket.address"),
        ({"caller": "Mme Lefèvre"}, "ticket.caller"),
        ({"caller": {"callerType": "Mme Lefèvre"}}, "ticket.caller"),
        ({"caller": {"callerType": ["Mme Lefèvre"]}}, "ticket.caller"),
        (
            {"caller": {"name": {"value": 3, "nameType": "PoorName"}, "callerType": "HumanCaller"}},
            "ticket.caller.name.value",
        ),
        ({"caller": {"name": {"nameType": "Mme Lefèvre"}} | HUMAN}, "ticket.caller.name.nameType"),
        ({"caller": {"name": CIVIL_NAME | {"gender": "female"}} | HUMAN}, "ticket.caller.name.gender"),
    ],
)
def test_a_refusal_names_the_field_and_never_the_value(ticket: dict[str, Any], path: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_open_ticket(opening(**ticket))
    assert str(refusal.value).startswith(f"{path} ")
    assert refusal.value.field == path
    assert not any(word in str(refusal.value) for word in ("Lefèvre", "female", "rue"))
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (message(commandType=None), "commandType is missing"),
        (message(message=None), "message is missing"),
        (message(commandType="CloseTicket", stillOnSite="Maybe", closingDate=DATE), STILL_ON_SITE),
        (b"{}", "commandType is missing"),
        (b"[1]", "the body must be an object"),
    ],
)
def test_a_refusal_of_one_field_is_one_clear_clause(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_increment(body)
    assert str(refusal.value) == reason
    assert reason.startswith(refusal.value.field or "the body")


@pytest.mark.parametrize(
    "caller",
    ["AutomatonCaller", {"callerType": "AutomatonCaller"}, {"name": "dropped", "callerType": "AutomatonCaller"}],
)
def test_an_automaton_is_read_as_string_or_object_and_written_as_string(caller: Any) -> None:
    command = parse_open_ticket(opening(caller=caller))
    assert command.ticket.caller == "AutomatonCaller"
    assert json.loads(dump(command))["ticket"]["caller"] == "AutomatonCaller"


def test_a_caller_is_made_from_its_record() -> None:
    caller = HumanCaller(
        name=PoorName(value="Mme Lefèvre", nameType="PoorName"),
        medium=Phone(phone="0199003127", contactMediumType="Phone"),
        callerType="HumanCaller",
    )
    ticket = parse_open_ticket(OPEN_TICKET.encode()).ticket
    assert type(ticket)(**dict(ticket) | {"caller": caller}).caller is caller


@pytest.mark.parametrize(
    "supplements",
    [
        {"recipientSupplement": {"floor": "2"}, "geographicalSupplement": {"building": "A"}},
        {
            "recipientIdentificationSupplement": {"floor": "2"},
            "geographicalIdentificationSupplement": {"building": "A"},
        },
        {
            "recipientIdentificationSupplement": None,
            "recipientSupplement": {"floor": "2"},
            "geographicalIdentificationSupplement": {"building": "A"},
            "geographicalSupplement": {"building": "B"},
        },
    ],
)
def test_address_supplements_are_read_under_both_names_and_written_under_the_long_ones(supplements: Any) -> None:
    address = parse_open_ticket(opening(address=ADDRESS | supplements)).ticket.address
    assert address == BasicAddress(
        street="12 rue de Gand",
        recipientIdentificationSupplement=RecipientIdentificationSupplement(floor="2"),
        geographicalIdentificationSupplement=GeographicalIdentificationSupplement(building="A"),
        zipCode="59200",
        city="TOURCOING",
    )
    assert json.loads(dump(address)) == ADDRESS | {
        "recipientIdentificationSupplement": {"floor": "2"},
        "geographicalIdentificationSupplement": {"building": "A"},
    }


def test_an_event_is_read_with_the_last_of_duplicate_keys_at_any_depth() -> None:
    body = TICKET_OPENED.replace('"additionalData": {}', '"additionalData": {"a": 1, "a": null, "a": "last"}')
    event = parse_event(body.encode())
    assert isinstance(event, TicketOpened)
    assert event.ticket.additionalData == {"a": "last"}


def test_a_login_is_read_and_hides_its_password() -> None:
    login = parse_login(b'{"login":"claire","password":"s3cret","extra":1}')
    assert login == LoginRequest(login="claire", password="s3cret")
    assert "s3cret" not in repr(login)
    with pytest.raises(Unreadable, match=r"^password must be a string$"):
        parse_login(b'{"login":"claire","password":12345}')


@pytest.mark.parametrize("by_day", ["1", True, None, [1]])
def test_nothing_is_converted_from_another_json_type(by_day: Any) -> None:
    assert TicketCreationFrequencyStats.model_validate_json('{"byDay":1.5}').byDay == 1.5
    with pytest.raises(ValueError, match="byDay"):
        TicketCreationFrequencyStats.model_validate_json(json.dumps({"byDay": by_day}))


def test_a_record_does_not_change() -> None:
    command = parse_increment(MESSAGE.encode())
    with pytest.raises(ValueError, match="frozen"):
        command.processUid = UID  # type: ignore[misc]  # the assignment that must fail
