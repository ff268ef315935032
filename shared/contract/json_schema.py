"""The contract's types as JSON Schema (2020-12), made from the models, for documents that other programs read.

Pure. A named type is written out once, wherever it is used: records, and the scalars, enumerations and unions below.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.contract import errors, journal, scalars, values, views
from shared.contract.commands import IncrementTicket
from shared.contract.events import TicketEvent
from shared.contract.record import Record

Schema = dict[str, Any]

UTC_DATE_TIME = rf"{scalars.LOCAL_DATE}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\.[0-9]{{3}}Z"
"""How a date and time in UTC is written; it is read in other forms too (contract README, 61)."""

_CHECKED: Mapping[Any, Schema] = {
    scalars.local_date: {
        "title": "LocalDate",
        "type": "string",
        "format": "date",
        "pattern": f"^{scalars.LOCAL_DATE}$",
        "examples": ["2016-02-29"],
    },
    scalars.as_received: {
        "title": "DateTime",
        "type": "string",
        "format": "date-time",
        "pattern": f"^{scalars.DATE_TIME}$",
        "examples": ["2016-08-25T16:51:23.000+02:00"],
    },
    scalars.in_utc: {
        "title": "UtcDateTime",
        "type": "string",
        "format": "date-time",
        "pattern": f"^{UTC_DATE_TIME}$",
        "examples": ["2016-08-25T14:51:23.000Z"],
    },
}
"""What a schema says of a text that a function checks."""

_NAMED: Mapping[str, tuple[Any, str]] = {
    "SafeUUID": (scalars.SafeUUID, "A uid, read in either case, written in lower case; any version, RFC 4122 or not."),
    "LocalDate": (scalars.LocalDate, "A day of Europe/Paris."),
    "DateTime": (scalars.DateTime, "A date and time in the offset it came with; written with three digits."),
    "UtcDateTime": (scalars.UtcDateTime, "A date and time in UTC."),
    "TicketStatus": (scalars.TicketStatus, "Whether there is still work to do."),
    "MediumType": (scalars.MediumType, "A channel, as views name it."),
    "Gender": (scalars.Gender, "The civil gender."),
    "StillOnSite": (scalars.StillOnSite, "Whether the provider was still there when the ticket was closed."),
    "AssignationKind": (scalars.AssignationKind, "First choice or change of a provider."),
    "TicketEventErrorType": (errors.TicketEventErrorType, "Why a command is refused; the spelling is the contract's."),
    "LocationReference": (values.LocationReference, "What the ticket is tied to."),
    "Operator": (values.Operator, "The person behind a command."),
    "Name": (values.Name, "The name of a person or firm."),
    "ContactMedium": (values.ContactMedium, "A channel and its address."),
    "AutomatonCaller": (values.AutomatonCaller, "A machine; an object with this `callerType` is read as well."),
    "CallerType": (values.CallerType, "Who raised the ticket: a person, or a machine."),
    "Provider": (values.Provider, "The firm or person that intervenes."),
    "Persona": (values.Persona, "The person called."),
    "ProviderAssignationPurpose": (values.ProviderAssignationPurpose, "Why a provider is assigned."),
    "Aggregation": (views.Aggregation, "A count; a label makes it a nested one."),
    "JournalEventData": (journal.JournalEventData, "What an entry says; its shape follows from the entry's name."),
    "IncrementTicket": (IncrementTicket, "Any command on a ticket that exists; `commandType` tells which."),
    "TicketEvent": (TicketEvent, "Any event; `eventType` tells which."),
}
"""The types that are no records, and what they are."""


class _Written(GenerateJsonSchema):
    """Says of an optional field that it is absent or has a value: null reads as absent (contract README, 32)."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = schema["schema"]
        return self.generate_inner(inner["schema"] if inner["type"] == "nullable" else inner)

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        function = schema["function"]["function"]
        return dict(_CHECKED[function]) if function in _CHECKED else super().function_after_schema(schema)

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Say `oneOf` only where a field tells the variants apart: an object may have fields that another one has."""
        union = super().tagged_union_schema(schema)
        if "discriminator" not in union:
            union["anyOf"] = union.pop("oneOf")
        return union


def schemas(ref_template: str) -> dict[str, Schema]:
    """Give the schema of every named type by name; references are `ref_template` with the name in place of {model}."""
    records = (record for record in Record.__subclasses__() if record.__module__.startswith("shared.contract."))
    types = {record.__name__: record for record in records} | {name: kind for name, (kind, _) in _NAMED.items()}
    written, definitions = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter(kind)) for name, kind in types.items()],
        ref_template=ref_template,
        schema_generator=_Written,
    )
    references = {_text(written[name, "validation"]): {"$ref": ref_template.format(model=name)} for name in _NAMED}
    named = {
        name: {"title": name, "description": text} | written[name, "validation"] for name, (_, text) in _NAMED.items()
    }
    return {
        name: {key: _with_references(part, references) for key, part in schema.items()}
        for name, schema in sorted((definitions["$defs"] | named).items())
    }


def _with_references(part: Any, references: Mapping[str, Schema]) -> Any:
    """Put references in place of the schemas that have a name."""
    if isinstance(part, list):
        return [_with_references(item, references) for item in part]
    if not isinstance(part, dict):
        return part
    return references.get(_text(part)) or {key: _with_references(value, references) for key, value in part.items()}


def _text(schema: Any) -> str:
    return json.dumps(schema, sort_keys=True)
