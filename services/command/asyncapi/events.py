"""The messages of `ticket-events`: one for each type of event, headed as CloudEvents' Kafka binding says."""

import json
from typing import Any, get_args

from services.command.topic_writer import SOURCE
from shared.contract import EVENT_FACTS, TicketEvent, dump, parse_event
from shared.contract.examples import examples
from shared.contract.json_schema import UTC_DATE_TIME
from shared.schema import FIRST_GENERATION

BINDING = "0.5.0"
"""Version of AsyncAPI's Kafka bindings."""
UID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

_PROPERTIES: dict[str, dict[str, Any]] = {
    "ce_specversion": {"const": "1.0", "description": "The version of CloudEvents."},
    "ce_id": {
        "pattern": f"^{UID}:[1-9][0-9]*$",
        "description": "`<ticket uid>:<version>`; a ticket's versions are 1, 2, 3 and so on. One seen before is a "
        "repeat.",
    },
    "ce_type": {"enum": list(EVENT_FACTS), "description": "The type, which is the body's `eventType` as well."},
    "ce_source": {"const": SOURCE.decode(), "description": "Where events come from."},
    "ce_time": {
        "format": "date-time",
        "pattern": f"^{UTC_DATE_TIME}$",
        "description": "When the command was received: the body's `sentDate`, and the record's timestamp.",
    },
    "ce_generation": {
        "pattern": "^[1-9][0-9]*$",
        "description": "The generation that the record was published for, an extension attribute. Every generation "
        "holds every event by itself: forget what lower ones said, and pass over their records.",
    },
    "content-type": {"const": "application/json", "description": "The body is JSON in UTF-8."},
    "traceparent": {
        "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        "description": "How to go on with the trace of the event's command (W3C Trace Context).",
    },
}

HEADERS: dict[str, Any] = {
    "title": "EventHeaders",
    "description": "CloudEvents 1.0, Kafka binding, binary mode; each header is text in UTF-8.",
    "type": "object",
    "properties": {name: {"type": "string"} | facts for name, facts in _PROPERTIES.items()},
    "required": list(_PROPERTIES),
}


KEY: dict[str, Any] = {
    "title": "TicketUid",
    "description": "The ticket's uid.",
    "type": "string",
    "pattern": f"^{UID}$",
}


def event_messages() -> dict[str, Any]:
    """Give the messages by event type."""
    records = get_args(get_args(TicketEvent)[0])
    return {record.__name__: _message(record.__name__, record.__doc__ or "") for record in records}


def _message(name: str, summary: str) -> dict[str, Any]:
    example = json.loads(dump(parse_event(json.dumps(examples()[f"event.{name}"]).encode())))
    return {
        "name": name,
        "title": name,
        "summary": summary,
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/EventHeaders"},
                {"type": "object", "properties": {"ce_type": {"const": name}}},
            ]
        },
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"$ref": "#/components/schemas/TicketUid"}, "bindingVersion": BINDING}},
        "examples": [{"name": name, "headers": _headers(name, example), "payload": example}],
    }


def _headers(name: str, example: dict[str, Any]) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": f"{example['aggregateUid']}:{1 if name == 'TicketOpened' else 2}",
        "ce_type": name,
        "ce_source": SOURCE.decode(),
        "ce_time": example["sentDate"],
        "ce_generation": str(FIRST_GENERATION),
        "content-type": "application/json",
        "traceparent": TRACEPARENT,
    }
