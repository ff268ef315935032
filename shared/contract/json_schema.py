"""The contract's types as JSON Schema (2020-12), made from the models, for the OpenAPI and AsyncAPI documents.

Each named type has one schema, which the others refer to: records, and the scalars, enumerations and unions below.
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
from shared.contract.field_descriptions import description_of
from shared.contract.record import Record

Schema = dict[str, Any]

_CHECKED: Mapping[Any, Schema] = {
    scalars.local_date: {
        "title": "LocalDate",
        "type": "string",
        "format": "date",
        "examples": ["2016-02-29"],
    },
    scalars.as_received: {
        "title": "DateTime",
        "type": "string",
        "format": "date-time",
        "examples": ["2016-08-25T16:51:23.000+02:00"],
    },
    scalars.in_utc: {
        "title": "UtcDateTime",
        "type": "string",
        "format": "date-time",
        "examples": ["2016-08-25T14:51:23.000Z"],
    },
}
"""The schemas of texts that a function validates.

They have a format and no pattern: generators make a date type from the format, and would then apply the pattern to a
value that is no text.
"""

_NAMED: Mapping[str, tuple[Any, str]] = {
    "SafeUUID": (
        scalars.SafeUUID,
        "A uid. Lower and upper case are read, lower case is written. It need not follow RFC 4122.",
    ),
    "LocalDate": (scalars.LocalDate, "A day in Europe/Paris: `YYYY-MM-DD`."),
    "DateTime": (
        scalars.DateTime,
        "A date and time with seconds and an offset (RFC 3339): `Z`, or up to 18:00 from UTC. `T` and `Z` are in upper "
        "case. Read with 0 to 9 digits of a fraction of a second, which are cut to three. Written with three, and in "
        "the offset that was read.",
    ),
    "UtcDateTime": (
        scalars.UtcDateTime,
        "A date and time in UTC (RFC 3339), written with three digits of a fraction of a second and `Z`.",
    ),
    "TicketStatus": (scalars.TicketStatus, "Whether the ticket is open or closed."),
    "MediumType": (scalars.MediumType, "The type of a contact medium, as views name it."),
    "Gender": (scalars.Gender, "The civil gender."),
    "StillOnSite": (scalars.StillOnSite, "Whether the provider was still there when the ticket was closed."),
    "AssignationKind": (scalars.AssignationKind, "First assignment or change of the provider."),
    "TicketEventErrorType": (
        errors.TicketEventErrorType,
        "Why a command is refused. The spelling is fixed by the contract.",
    ),
    "LocationReference": (values.LocationReference, "The agency or patrimony that a ticket belongs to."),
    "Operator": (values.Operator, "The person who sends a command."),
    "Name": (values.Name, "The name of a person or firm."),
    "ContactMedium": (values.ContactMedium, "A contact medium and its number or address."),
    "AutomatonCaller": (values.AutomatonCaller, "A machine. An object with this `callerType` is read too."),
    "CallerType": (values.CallerType, "Who opened the ticket: a person or a machine."),
    "Provider": (values.Provider, "The firm or person that intervenes."),
    "Persona": (values.Persona, "The person called."),
    "ProviderAssignationPurpose": (values.ProviderAssignationPurpose, "Why a provider is assigned."),
    "Aggregation": (views.Aggregation, "A number of tickets; with a `label` it is a `NestedTermAggregation`."),
    "JournalEventData": (journal.JournalEventData, "The data of an entry. Its shape depends on the name of the entry."),
    "IncrementTicket": (IncrementTicket, "Any command on a ticket that exists; `commandType` says which one."),
    "TicketEvent": (TicketEvent, "Any event; `eventType` says which one."),
}
"""The named types that are not records, with their descriptions."""


class _Written(GenerateJsonSchema):
    """Generates schemas where an optional field is absent or has a value, because null means absent (contract 32)."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = schema["schema"]
        return self.generate_inner(inner["schema"] if inner["type"] == "nullable" else inner)

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        function = schema["function"]["function"]
        return dict(_CHECKED[function]) if function in _CHECKED else super().function_after_schema(schema)

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Use `oneOf` only with a discriminator; otherwise an object may match several variants, so use `anyOf`."""
        union = super().tagged_union_schema(schema)
        if "discriminator" not in union:
            union["anyOf"] = union.pop("oneOf")
        return union


def schemas(ref_template: str) -> dict[str, Schema]:
    """Return the schema of each named type by name; `ref_template` makes a reference, with the name as {model}."""
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
        name: _described(name, {key: _with_references(part, references) for key, part in schema.items()})
        for name, schema in sorted((definitions["$defs"] | named).items())
    }


def _described(name: str, schema: Schema) -> Schema:
    """Return a type with the text of each field."""
    if "properties" not in schema:
        return schema
    fields = {field: facts | description_of(name, field) for field, facts in schema["properties"].items()}
    return schema | {"properties": fields}


def _with_references(part: Any, references: Mapping[str, Schema]) -> Any:
    """Replace the schemas of named types by references."""
    if isinstance(part, list):
        return [_with_references(item, references) for item in part]
    if not isinstance(part, dict):
        return part
    return references.get(_text(part)) or {key: _with_references(value, references) for key, value in part.items()}


def _text(schema: Any) -> str:
    return json.dumps(schema, sort_keys=True)
