"""The AsyncAPI document: the topics, their messages, and the types of the messages."""

import json
import re
from typing import Any

from services.command.asyncapi.directory_messages import directory_messages, directory_schemas
from services.command.asyncapi.events import BINDING, HEADERS, KEY, event_messages
from shared.contract.json_schema import schemas
from shared.storage.topics import TopicDefinition, Topics

SCHEMAS = "#/components/schemas/{model}"

DESCRIPTION = """\
Incident tickets for property managers. Every accepted command becomes one immutable **event**. The topic
`ticket-events` holds all events, from the first on. `docs/subscribe.md` explains how to read it: how to drop repeats,
and what a new generation of the topic means. Only Ticketstream writes to these topics. When the platform is configured
with a topic prefix, every topic name begins with it.

Readers must ignore fields and event types that they do not know. A field without a value is absent. A null means the
same."""


def document() -> dict[str, Any]:
    """Return the document. Every process of one release returns the same."""
    topics = Topics()
    events, directory = topics.definitions()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Ticketstream", "version": "1", "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "ticketEvents": _channel(
                events,
                "Every event of every ticket. The key is the ticket's uid, so all events of a ticket are in one "
                "partition. Their first occurrences are in the order of their versions, and none is missing. Repeats "
                "are possible.",
                list(event_messages()),
            ),
            "directory": _channel(
                directory,
                "Agencies, patrimonies, providers and operators, whose uids the events name. The key is the entry's "
                "uid. The last record of a key is the current entry. A removed entry stays in the topic, with "
                "`removed` set.",
                list(directory_messages()),
            ),
        },
        "operations": {
            "publishTicketEvents": _published("ticketEvents", "What happens to tickets."),
            "publishDirectory": _published("directory", "The names of the entries that the events refer to."),
        },
        "components": {
            "messages": event_messages() | directory_messages(),
            "schemas": {"EventHeaders": HEADERS, "TicketUid": KEY} | _event_schemas() | directory_schemas(SCHEMAS),
        },
    }


def _event_schemas() -> dict[str, Any]:
    """Return the schemas of events in AsyncAPI's form: a discriminator is the name of a field."""
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
                "topicConfiguration": {name: _written(name, topic.config[name]) for name in sorted(topic.config)},
                "bindingVersion": BINDING,
            }
        },
    }


def _written(name: str, value: str) -> object:
    """Return a topic's setting in the form of the Kafka bindings: a number, or a list for the cleanup policy."""
    if name == "cleanup.policy":
        return [value]
    return int(value) if value.lstrip("-").isdecimal() else value


def _published(channel: str, summary: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}
