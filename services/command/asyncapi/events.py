"""The messages of the topic `ticket-events`: one for each event type, with the headers of CloudEvents for Kafka."""

import json
from typing import Any

from shared.contract import EVENT_CLASSES, dump, parse_event, scalars
from shared.contract.examples import examples
from shared.storage.event_document import event_id
from shared.storage.publication import FIRST_GENERATION
from shared.storage.topics import SOURCE

BINDING = "0.5.0"
"""The version of AsyncAPI's Kafka bindings."""
USER = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

_PROPERTIES: dict[str, dict[str, Any]] = {
    "ce_specversion": {"const": "1.0", "description": "The version of CloudEvents."},
    "ce_id": {
        "pattern": f"^{scalars.UID}:[1-9][0-9]*$",
        "description": "`<ticket uid>:<version>`; the versions of a ticket are 1, 2, 3 and so on. An id that was seen "
        "before is a repeat.",
    },
    "ce_type": {"enum": list(EVENT_CLASSES), "description": "The event type, as in the body's `eventType`."},
    "ce_source": {"const": SOURCE.decode(), "description": "The source of the events."},
    "ce_time": {
        "pattern": f"^{scalars.LOCAL_DATE}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\\.[0-9]{{3}}Z$",
        "description": "When the command was received: the body's `sentDate`, and the record's timestamp.",
    },
    "ce_generation": {
        "pattern": "^[1-9][0-9]*$",
        "description": "The generation that the record was published for; an extension attribute. Each generation "
        "contains all events. When a new one begins, discard the data of lower generations and skip their records.",
    },
    "content-type": {"const": "application/json", "description": "The body is JSON in UTF-8."},
    "ce_user": {
        "pattern": f"^{scalars.UID}$",
        "description": "The uid of the user whose session sent the command; an extension attribute. The body's "
        "`operator` comes from the command and may name another person. Absent from events that older versions of the "
        "platform stored.",
    },
    "traceparent": {
        "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        "description": "Continues the trace of the event's command (W3C Trace Context).",
    },
}

HEADERS: dict[str, Any] = {
    "title": "EventHeaders",
    "description": "CloudEvents 1.0, Kafka binding, binary mode; each header is text in UTF-8.",
    "type": "object",
    "properties": {name: {"type": "string"} | facts for name, facts in _PROPERTIES.items()},
    "required": [name for name in _PROPERTIES if name != "ce_user"],
}


KEY: dict[str, Any] = {
    "title": "TicketUid",
    "description": "The ticket's uid.",
    "type": "string",
    "pattern": f"^{scalars.UID}$",
}


def event_messages() -> dict[str, Any]:
    """Return the messages by event type."""
    return {name: _message(name, record.__doc__ or "") for name, record in EVENT_CLASSES.items()}


def _message(name: str, summary: str) -> dict[str, Any]:
    example = json.loads(dump(parse_event(json.dumps(examples()[f"event.{name}"]).encode())))
    return {
        "name": name,
        "title": name,
        "summary": summary,
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [
                {"$ref": "#/components/schemas/EventHeaders"},
                {"type": "object", "properties": {"ce_type": {"const": name, "description": "The event type."}}},
            ],
        },
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"$ref": "#/components/schemas/TicketUid"}, "bindingVersion": BINDING}},
        "examples": [{"name": name, "headers": _headers(name, example), "payload": example}],
    }


def _headers(name: str, example: dict[str, Any]) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id(example["aggregateUid"], 1 if name == "TicketOpened" else 2),
        "ce_type": name,
        "ce_source": SOURCE.decode(),
        "ce_time": example["sentDate"],
        "ce_generation": str(FIRST_GENERATION),
        "ce_user": USER,
        "content-type": "application/json",
        "traceparent": TRACEPARENT,
    }
