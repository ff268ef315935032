"""The whole document: the topics, the messages that stand in them, and the types they speak of."""

import json
import re
from typing import Any

from services.command.asyncapi.directory import directory_messages, directory_schemas
from services.command.asyncapi.events import BINDING, HEADERS, KEY, event_messages
from shared.contract.json_schema import schemas
from shared.topics import TopicDefinition, Topics

SCHEMAS = "#/components/schemas/{model}"

DESCRIPTION = """\
Incident tickets for property managers. Every accepted command becomes one immutable **event**; all of them stand in
`ticket-events`, from the first on. `docs/subscribe.md` says how to read it: how to drop repeats, and what a new
generation of the topic means. Only Ticketstream writes to these topics. A platform with a topic prefix has it in front
of every name.

Readers are to be tolerant: pass over fields and event types that they do not know. A field without value is absent;
null reads as absent."""


def document() -> dict[str, Any]:
    """Make the document; it is the same in every process of one version."""
    topics = Topics()
    events, directory = topics.definitions()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Ticketstream", "version": "1", "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "ticketEvents": _channel(
                events,
                "Every event of every ticket. The key is the ticket's uid, so the events of a ticket stand in one "
                "partition: first occurrences in the order of their versions, none missing, repeats possible.",
                list(event_messages()),
            ),
            "directory": _channel(
                directory,
                "Agencies, patrimonies, providers and operators, whose uids the events name. The key is the entry's "
                "uid; the last record of a key is the entry as it stands. A removed one stays, with `removed` set.",
                list(directory_messages()),
            ),
        },
        "operations": {
            "publishTicketEvents": _published("ticketEvents", "What happens to tickets."),
            "publishDirectory": _published("directory", "The names of what the events refer to."),
        },
        "components": {
            "messages": event_messages() | directory_messages(),
            "schemas": {"EventHeaders": HEADERS, "TicketUid": KEY} | _event_schemas() | directory_schemas(SCHEMAS),
        },
    }


def _event_schemas() -> dict[str, Any]:
    """Give the schemas that events are made of, as AsyncAPI has them: a discriminator is the name of a field."""
    known = schemas(SCHEMAS)
    used: dict[str, Any] = {}
    waiting = list(event_messages())
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = _with_plain_discriminators(known[name])
            waiting += re.findall(r'"#/components/schemas/(\w+)"', json.dumps(used[name]))
    return dict(sorted(used.items()))


def _with_plain_discriminators(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_plain_discriminators(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: value["propertyName"] if name == "discriminator" else _with_plain_discriminators(value)
        for name, value in part.items()
    }


def _channel(topic: TopicDefinition, description: str, messages: list[str]) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {name: _written(value) for name, value in sorted(topic.config.items())},
                "bindingVersion": BINDING,
            }
        },
    }


def _written(value: str) -> object:
    """Write a topic's setting as the bindings have it: numbers as numbers, the cleanup policy as a list."""
    return int(value) if value.lstrip("-").isdecimal() else [value]


def _published(channel: str, summary: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}
