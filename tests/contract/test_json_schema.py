"""The JSON Schemas agree with the models: they have every type, accept every example, and refuse what models refuse."""

import json
from typing import Any

import jsonschema_rs
import pytest

from shared.contract import dump
from shared.contract.examples import examples
from shared.contract.field_descriptions import FIELDS, OF_ONE_TYPE
from shared.contract.json_schema import schemas
from shared.contract.scalars import as_received, in_utc, local_date, uid
from tests.contract.shapes import COMMANDS, EVENTS, MODELS, VIEWS
from tests.contract.test_examples import EXAMPLES, parent_of, read, required_fields

SCHEMAS = schemas("#/$defs/{model}")
PLAIN = {"String", "Number", "Long"}
TYPES = {
    "view.detail": "DetailedTicketView",
    "view.events": "TicketEventResultView",
    "view.export": "TicketExportView",
    "view.list": "TicketResultView",
    "view.stats": "TicketStats",
}


def validator(name: str) -> Any:
    """Return the validator of a type."""
    whole = {"$ref": f"#/$defs/{name}", "$defs": SCHEMAS}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def type_of(example: str) -> str:
    """Return the most general type that an example belongs to."""
    kind, _, name = example.partition(".")
    if kind == "event":
        return "TicketEvent"
    return TYPES.get(example) or ("IncrementTicket" if kind == "command" and name != "OpenTicket" else name)


def test_every_type_of_the_contract_has_a_schema() -> None:
    assert (MODELS.keys() | COMMANDS.keys() | EVENTS.keys() | VIEWS.keys()) - PLAIN <= SCHEMAS.keys()


def test_the_examples_are_those_of_the_contract() -> None:
    assert {f"{name}.json": json.dumps(example) for name, example in examples().items()} == {
        name: json.dumps(json.loads(body)) for name, body in EXAMPLES.items()
    }


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_example_fits_its_schema(name: str) -> None:
    written = json.loads(dump(read(f"{name}.json", EXAMPLES[f"{name}.json"])))
    assert [error.message for error in validator(type_of(name)).iter_errors(written)] == []
    own = name.partition(".")[2]
    if own in SCHEMAS:
        assert validator(own).is_valid(written)


@pytest.mark.parametrize("name", sorted(examples()))
def test_an_example_without_a_required_field_is_invalid(name: str) -> None:
    check = validator(type_of(name))
    for path in required_fields(read(f"{name}.json", EXAMPLES[f"{name}.json"])):
        if "data" in path:
            continue  # the data of a journal entry depends on its name; the schema does not express that
        body = json.loads(EXAMPLES[f"{name}.json"])
        del parent_of(body, path)[path[-1]]
        assert not check.is_valid(body), path


def test_every_field_is_described() -> None:
    fields = [(kind, field) for kind, schema in SCHEMAS.items() for field in schema.get("properties", {})]
    assert len(fields) > 600
    assert [field for field in fields if not SCHEMAS[field[0]]["properties"][field[1]].get("description")] == []
    assert OF_ONE_TYPE.keys() <= set(fields)
    assert FIELDS.keys() <= {field for kind, field in fields if (kind, field) not in OF_ONE_TYPE}


def test_a_date_has_a_format_and_no_pattern() -> None:
    """Generators make a date of it, and would apply the pattern to that date."""
    assert {name for name, schema in SCHEMAS.items() if "format" in schema} == {"LocalDate", "DateTime", "UtcDateTime"}
    assert not [name for name, schema in SCHEMAS.items() if "format" in schema and "pattern" in schema]


@pytest.mark.parametrize(
    ("name", "check", "texts", "fit_and_are_refused"),
    [
        (
            "SafeUUID",
            uid,
            ["8074964f-c633-3c2a-055f-bbaf8ca8181b", "8074964F-C633-3C2A-055F-BBAF8CA8181B", "8074964f", ""],
            set(),
        ),
        (
            "LocalDate",
            local_date,
            ["2016-02-29", "2015-02-29", "2016-2-29", "20160229", "\u0662016-02-29", "2016-02-29T00:00:00Z"],
            set(),
        ),
        (
            "DateTime",
            as_received,
            [
                "2016-08-25T16:51:23Z",
                "2016-08-25T16:51:23.1+18:00",
                "2016-08-25T16:51:23.123-17:59",
                "2016-08-25T16:51:23.123456789Z",
                "2016-02-30T16:51:23Z",
                "2016-08-25T24:00:00Z",
                "2016-08-25T16:51:60Z",
                "2016-08-25T16:51:23+18:01",
                "2016-08-25T16:51:23",
                "2016-08-25T16:51Z",
                "2016-08-25 16:51:23Z",
                "2016-08-25t16:51:23z",
                "\u0662016-08-25T16:51:23Z",
            ],
            {"2016-08-25T16:51:23+18:01", "2016-08-25t16:51:23z"},
        ),
    ],
)
def test_what_is_read_fits_the_form(name: str, check: Any, texts: list[str], fit_and_are_refused: set[str]) -> None:
    """The format of dates (RFC 3339) allows some that are refused; the description says so."""
    fit = {text for text in texts if validator(name).is_valid(text)}
    assert fit == {text for text in texts if _is_read(check, text)} | fit_and_are_refused


@pytest.mark.parametrize("text", ["2016-08-25T16:51:23Z", "2016-08-25T16:51:23.1+18:00", "0001-01-01T00:00:00-01:00"])
def test_a_moment_is_written_in_the_form_of_views(text: str) -> None:
    assert validator("UtcDateTime").is_valid(in_utc(text))


def _is_read(check: Any, text: str) -> bool:
    try:
        return bool(check(text))
    except ValueError:
        return False
