"""The messages of the topic `directory`: one for each kind of entry."""

import json
from typing import Any

from services.command.asyncapi.events import BINDING
from shared.directory.entries import ENTRY, Agency, Entry, OperatorEntry, Patrimony, ProviderContact

NORTH = "30c1a1f0-6a9d-4b55-9d0c-2b6f0c6f1a01"
EXAMPLES: tuple[Entry, ...] = (
    Agency(uid=NORTH, label="North", accountUid="30c1a1f0-6a9d-4b55-9d0c-2b6f0c6f1a02"),
    Patrimony(uid="30c1a1f0-6a9d-4b55-9d0c-2b6f0c6f1a03", ref="FRPK98", label="Tourcoing", agencyUids=(NORTH,)),
    ProviderContact(
        uid="30c1a1f0-6a9d-4b55-9d0c-2b6f0c6f1a04", name="Cold Ltd", phones=("0199004512",), fax=(), emails=()
    ),
    OperatorEntry(uid="30c1a1f0-6a9d-4b55-9d0c-2b6f0c6f1a05", name="A. Operator"),
)
"""An example of each kind of entry."""


def directory_schemas(ref_template: str) -> dict[str, Any]:
    """Return the JSON schemas of the entries by name."""
    schemas: dict[str, Any] = ENTRY.json_schema(ref_template=ref_template, mode="serialization")["$defs"]
    return schemas


def directory_messages() -> dict[str, Any]:
    """Return the messages by kind of entry."""
    return {type(entry).__name__: _message(entry) for entry in EXAMPLES}


def _message(entry: Entry) -> dict[str, Any]:
    name = type(entry).__name__
    return {
        "name": name,
        "title": name,
        "summary": type(entry).__doc__,
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "The entry's uid."},
                "bindingVersion": BINDING,
            }
        },
        "examples": [{"name": name, "payload": json.loads(entry.model_dump_json(exclude_none=True))}],
    }
