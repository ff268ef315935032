"""The AsyncAPI document agrees with the models, the topics and the records of the relay."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from services.command.asyncapi.asyncapi_document import document
from services.command.relay.topic_writer import message_of
from shared.contract import dump, parse_event
from shared.directory.entries import ENTRY
from shared.storage.publication import FIRST_GENERATION
from shared.storage.topics import PARTITIONS, Topics
from tests.contract.shapes import EVENTS
from tests.support.data.contract_examples import EXAMPLES
from tests.support.data.tickets import TRACEPARENT, stored, ticket_uid

KEPT = Path(__file__).parents[4] / "docs" / "asyncapi.yaml"
WHOLE = document()
MESSAGES: Mapping[str, Any] = WHOLE["components"]["messages"]


def test_it_is_kept_as_the_code_makes_it() -> None:
    made = subprocess.run([sys.executable, "-m", "services.command.asyncapi"], capture_output=True, check=True)
    assert KEPT.read_bytes() == made.stdout, "docs/asyncapi.yaml is not what the models say; run `make documents`"


class Yaml12(yaml.SafeLoader):
    """Reads as numbers what YAML 1.1 does and what YAML 1.2 does (10.3.2, tag resolution of the core schema)."""


Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, Yaml12])
def test_readers_of_both_versions_of_yaml_read_the_same(loader: type[yaml.SafeLoader]) -> None:
    assert yaml.load(KEPT.read_text(), loader) == WHOLE  # noqa: S506 - both are safe loaders


def test_every_field_is_described() -> None:
    fields = dict(fields_in(WHOLE))
    assert len(fields) > 300
    assert [path for path, field in fields.items() if not field.get("description")] == []


def test_nothing_is_beside_a_reference() -> None:
    """JSON Schema 7, which AsyncAPI builds on, would ignore it."""

    def alone(part: Any) -> bool:
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        return all(map(alone, inner)) and not (isinstance(part, dict) and "$ref" in part and len(part) > 1)

    assert alone(WHOLE)


def test_every_event_of_the_contract_is_a_message_of_its_topic_and_nothing_else() -> None:
    channel = WHOLE["channels"]["ticketEvents"]
    assert set(channel["messages"]) == set(EVENTS)
    assert [MESSAGES[name]["payload"]["$ref"] for name in EVENTS] == [f"#/components/schemas/{name}" for name in EVENTS]
    assert channel["address"] == Topics().ticket_events
    assert channel["bindings"]["kafka"]["partitions"] == PARTITIONS


def test_every_reference_leads_somewhere() -> None:
    def followed(part: Any) -> None:
        for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            followed(value)
        if isinstance(part, dict) and "$ref" in part:
            target: Any = WHOLE
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target[step]

    followed(WHOLE)


@pytest.mark.parametrize("name", EVENTS)
def test_only_a_published_event_fits_its_message(name: str) -> None:
    event = json.loads(dump(parse_event((EXAMPLES / f"event.{name}.json").read_bytes())))
    assert problems(event, MESSAGES[name]["payload"]) == []
    for field in ("eventType", "processUid", "sentDate"):
        assert problems({key: value for key, value in event.items() if key != field}, MESSAGES[name]["payload"])
    assert problems(event | {"eventType": "Unheard"}, MESSAGES[name]["payload"])


@pytest.mark.parametrize("name", EVENTS)
def test_the_headers_of_a_record_fit_its_message(name: str) -> None:
    record = message_of(stored(ticket_uid(1), 2, name).document(), TRACEPARENT, FIRST_GENERATION)
    headers = {key: value.decode() for key, value in record.headers}
    assert problems(headers, MESSAGES[name]["headers"]) == []
    assert set(headers) == set(WHOLE["components"]["schemas"]["EventHeaders"]["properties"])
    for header in headers:
        assert problems(headers | {header: "?"}, MESSAGES[name]["headers"]), header
        without = {key: value for key, value in headers.items() if key != header}
        assert bool(problems(without, MESSAGES[name]["headers"])) == (header != "ce_user"), header
    assert problems(record.key.decode(), MESSAGES[name]["bindings"]["kafka"]["key"]) == []


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_the_examples_fit(name: str) -> None:
    for example in MESSAGES[name]["examples"]:
        assert problems(example["payload"], MESSAGES[name]["payload"]) == []
        assert problems(example.get("headers", {}), MESSAGES[name].get("headers", {})) == []


def test_the_entries_of_the_directory_are_messages_that_a_service_reads() -> None:
    names = set(WHOLE["channels"]["directory"]["messages"])
    assert names == set(MESSAGES) - set(EVENTS)
    read = {type(ENTRY.validate_python(MESSAGES[name]["examples"][0]["payload"])).__name__ for name in names}
    assert read == names


def fields_in(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the fields of all schemas in a part of the document, each with its path."""
    if isinstance(part, dict):
        yield from ((f"{path}/{name}", field) for name, field in part.get("properties", {}).items())
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, value in inner:
        if name != "examples":
            yield from fields_in(value, f"{path}/{name}")


def problems(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Return how `value` violates a schema of the document."""
    whole = {"allOf": [schema], "components": WHOLE["components"]}
    return [problem.message for problem in Draft7Validator(whole).iter_errors(value)]
