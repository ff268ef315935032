"""The document agrees with the code, and the copy in the repository agrees with the document."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from services.gateway.access import Access
from services.gateway.answers.waiting import Waiting
from services.gateway.app import routes
from services.gateway.endpoints import account
from services.gateway.endpoints.account import Account
from services.gateway.endpoints.commands import CommandEndpoint, Forwarder
from services.gateway.endpoints.directory import DirectoryLists
from services.gateway.endpoints.export import Export
from services.gateway.endpoints.feed import UNTIL, Feed
from services.gateway.endpoints.feed_stream import FeedStream, places
from services.gateway.endpoints.login import Login
from services.gateway.endpoints.stats import Stats
from services.gateway.endpoints.tickets import Tickets
from services.gateway.openapi import parameters
from services.gateway.openapi.openapi_document import document, pretty
from services.gateway.openapi.own_types import EXAMPLES, own_types
from services.gateway.openapi.responses import CODES, JSON, NO_SESSION, OTHER_SITE, shared_responses
from services.gateway.parameters.filters import NOT_FOR_STATS, read_selection
from services.gateway.parameters.freshness import version_filter
from services.gateway.parameters.fulltext import read_terms
from services.gateway.parameters.paging import LARGEST, LARGEST_EXPORT
from services.gateway.parameters.query import BadParameterError, Query
from services.gateway.views.directory_rows import SHOWN
from services.gateway.views.feed_windows import LAST_EVENT_ID, read_start, read_window
from shared.accounts.callers import Callers
from shared.accounts.scopes import EVERYTHING
from shared.clock import utc_now, wire
from shared.contract import TicketEventErrorType
from shared.contract.json_schema import schemas
from shared.directory.replica import DirectoryReplica
from shared.http.other_sites import ELSEWHERE
from shared.mongo import connected, database
from tests.contract.shapes import COMMANDS, EVENTS, table

KEPT = Path(__file__).parents[5] / "docs" / "openapi.json"
HTTP = table("http")
ADDED = {"streamTicketEvents"}
"""Endpoints that the contract does not have."""
DOCUMENT = document()
LISTS = ("listAgencies", "listPatrimonies", "listProviders", "listOperators")
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


class Recording(Query):
    """A query that notes which parameters the code reads, and how many values they may have."""

    def __init__(self, raw: bytes, *, ignored: frozenset[str] = frozenset()) -> None:
        super().__init__(raw, ignored=ignored)
        self.several: dict[str, bool] = {}

    def many(self, name: str) -> tuple[str, ...]:
        self.several[name] = True
        return super().many(name)

    def one(self, name: str) -> str | None:
        self.several[name] = False
        return super().one(name)


def named(operation: str) -> dict[str, Any]:
    """Find an operation by its id."""
    return next(found for found in OPERATIONS.values() if found["operationId"] == operation)


def in_query(operation: str) -> dict[str, bool]:
    """Return the parameters of an operation's query, and whether they take several values."""
    parameters = [parameter for parameter in named(operation)["parameters"] if parameter["in"] == "query"]
    return {parameter["name"]: parameter["schema"].get("type") == "array" for parameter in parameters}


def test_the_kept_document_is_this_one() -> None:
    assert KEPT.read_text() == pretty(document()), "docs/openapi.json is out of date; run make documents."


def test_it_is_an_openapi_document() -> None:
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)] == []


def test_every_field_is_described() -> None:
    fields = [(name, field) for name, schema in SCHEMAS.items() for field in schema.get("properties", {})]
    assert [field for field in fields if not SCHEMAS[field[0]]["properties"][field[1]].get("description")] == []


def test_every_example_fits_its_schema() -> None:
    shown = list(shown_in(DOCUMENT))
    assert len(shown) > 120
    assert [problem for schema, example in shown for problem in problems(schema, example)] == []


def shown_in(part: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every schema in a part of the document with each of its examples."""
    if isinstance(part, dict):
        schema = part.get("schema", part)
        examples = part.get("examples", [])
        yield from ((schema, example["value"]) for example in (examples.values() if isinstance(examples, dict) else ()))
        yield from ((schema, example) for example in (examples if isinstance(examples, list) else ()))
        if "schema" in part and "example" in part:
            yield schema, part["example"]
        part = [value for name, value in part.items() if name not in ("example", "examples")]
    if isinstance(part, list):
        for inner in part:
            yield from shown_in(inner)


def problems(schema: Any, value: Any) -> list[str]:
    """Return how `value` does not fit a schema of the document."""
    whole = {"allOf": [schema], "components": DOCUMENT["components"]}
    found = jsonschema_rs.Draft202012Validator(whole, validate_formats=True).iter_errors(value)
    return [problem.message for problem in found]


def test_every_reference_leads_somewhere() -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', pretty(DOCUMENT)):
        part = DOCUMENT
        for step in reference.split("/"):
            part = part[step]
        assert part


async def test_it_has_exactly_the_routes_of_the_gateway() -> None:
    async with connected("mongodb://127.0.0.1:1", timeout_ms=100) as client:  # nobody asks it for anything
        db = database(client, "unused")
        callers, replica = Callers(db), DirectoryReplica("127.0.0.1:1", "unused")
        access = Access(callers, replica)
        answered = routes(
            login=Login(callers.sessions, domain=None),
            account=Account(access, Login(callers.sessions, domain=None)),
            directory=DirectoryLists(access, replica),
            tickets=Tickets(db, access),
            export=Export(db, access),
            stats=Stats(db, access),
            feed=Feed(db, access, Waiting()),
            feed_stream=FeedStream(db, access, places()),
            command=CommandEndpoint(access, Forwarder(())),
        )
    assert OPERATIONS.keys() == {
        (method, route.path) for route in answered for method in (route.methods or ()) if method != "HEAD"
    }


def test_it_has_the_endpoints_and_the_answers_of_the_contract() -> None:
    assert {operation["operationId"] for operation in OPERATIONS.values()} == HTTP["endpoints"].keys() | ADDED
    for name, endpoint in HTTP["endpoints"].items():
        assert named(name) is OPERATIONS[endpoint["method"], endpoint["path"].replace(":ticket_uid", "{ticket_uid}")]
        assert endpoint["responses"].keys() <= named(name)["responses"].keys()
        assert ("security" not in named(name)) is endpoint["auth"]


def test_answers_of_the_feed_alone_say_where_the_next_window_begins() -> None:
    for operation in OPERATIONS.values():
        fed = {status for status, answer in operation["responses"].items() if UNTIL in answer.get("headers", {})}
        assert fed == ({"200", "206"} if operation["operationId"] == "listTicketEvents" else set())


def test_it_has_every_command_event_and_error() -> None:
    assert COMMANDS.keys() | EVENTS.keys() <= SCHEMAS.keys()
    assert tuple(CODES) == get_args(TicketEventErrorType)
    assert DOCUMENT["info"]["version"] == str(HTTP["version"])
    bodies = [named(name)["requestBody"]["content"]["application/json"] for name in ("openTicket", "incrementTicket")]
    assert [*bodies[0]["examples"], *bodies[1]["examples"]] == list(COMMANDS)


@pytest.mark.parametrize(
    ("operation", "ignored", "read_too"),
    [
        ("listTickets", frozenset[str](), {"range": False}),
        ("exportTickets", frozenset[str](), {"range": False}),
        ("ticketStats", NOT_FOR_STATS, {}),
    ],
)
def test_its_filters_are_those_that_are_read(
    operation: str, ignored: frozenset[str], read_too: dict[str, bool]
) -> None:
    query = Recording(b"fulltext=a", ignored=ignored)
    read_selection(query, date(2016, 5, 26))
    assert in_query(operation) == {name: many for name, many in query.several.items() if name not in ignored} | read_too


@pytest.mark.parametrize("operation", LISTS)
def test_the_directory_is_searched_by_the_parameter_that_is_read(operation: str) -> None:
    query = Recording(b"query=a")
    read_terms(query, "query")
    assert in_query(operation) == query.several | {"range": False}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_fits_the_type_and_has_all_its_fields(name: str) -> None:
    types = json.loads(json.dumps(DOCUMENT["components"]["schemas"]))
    check = jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": types}}
    )
    assert [error.message for error in check.iter_errors(EXAMPLES[name])] == []
    for entry in EXAMPLES[name].get("result", ()):
        kind = {"AgencyList": "Agency", "PatrimonyList": "Patrimony", "ProviderList": "ProviderContact"}
        fields = own_types()[kind.get(name, "OperatorEntry")]["properties"].keys()
        assert entry.keys() == fields
        assert fields in [frozenset(shown) for shown in SHOWN.values()]


def test_no_own_type_has_the_name_of_a_type_of_the_contract() -> None:
    assert own_types().keys().isdisjoint(schemas(parameters.SCHEMAS))


def test_each_operation_takes_a_session_or_a_token() -> None:
    assert DOCUMENT["security"] == [{name: []} for name in DOCUMENT["components"]["securitySchemes"]]
    assert [path for (_, path), operation in OPERATIONS.items() if "security" in operation] == ["/api/v1/login"]


def test_the_start_of_a_stream_is_the_one_that_is_read() -> None:
    query = Recording(f"from={wire(utc_now())}".encode())
    read_start(query, None, utc_now())
    assert in_query("streamTicketEvents") == query.several
    headers = {parameter["name"] for parameter in named("streamTicketEvents")["parameters"]} - query.several.keys()
    assert headers == {LAST_EVENT_ID}


def test_the_window_of_the_feed_is_the_one_that_is_read() -> None:
    query = Recording(b"from=2016-05-26T00:00:00Z&to=2016-05-27T00:00:00Z")
    read_window(query, utc_now())
    assert in_query("listTicketEvents") == query.several | {"range": False}
    required = {parameter["name"] for parameter in named("listTicketEvents")["parameters"] if parameter.get("required")}
    assert required == query.several.keys()


@pytest.mark.parametrize(
    ("operation", "largest"),
    [("exportTickets", LARGEST_EXPORT), *((name, LARGEST) for name in ("listTickets", "listTicketEvents", *LISTS))],
)
def test_a_range_is_the_largest_unless_asked_for(operation: str, largest: int) -> None:
    (asked,) = [parameter for parameter in named(operation)["parameters"] if parameter["name"] == "range"]
    assert (
        asked["schema"]["default"]
        == f"0-{largest - 1}"
        == HTTP["endpoints"][operation]["parameters"]["range"]["default"]
    )


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("8074964f-c633-3c2a-055f-bbaf8ca8181b:2", True),
        ("8074964F-C633-3C2A-055F-BBAF8CA8181B:123456789", True),
        ("8074964f-c633-3c2a-055f-bbaf8ca8181b:1234567890", False),
        ("8074964f-c633-3c2a-055f-bbaf8ca8181b:-1", False),
        ("8074964f-c633-3c2a-055f-bbaf8ca8181b", False),
        ("8074964f:2", False),
    ],
)
def test_a_version_has_the_form_that_is_read(version: str, fits: bool) -> None:
    assert bool(re.search(SCHEMAS["TicketVersion"]["pattern"], version)) is fits
    if fits:
        assert version_filter([version], EVERYTHING)
    else:
        with pytest.raises(BadParameterError):
            version_filter([version], EVERYTHING)


def test_the_answer_to_another_site_is_the_one_that_is_sent() -> None:
    answer = shared_responses()[OTHER_SITE]["content"][JSON]["example"]
    assert answer == {"errorType": "Forbidden", "message": ELSEWHERE}


def test_the_answer_to_a_token_at_logout_is_the_one_that_is_sent() -> None:
    answer = shared_responses()[NO_SESSION]["content"][JSON]["example"]
    assert answer == {"errorType": "BadRequest", "message": account.NO_SESSION}
