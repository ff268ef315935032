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
same.

Ask the team that runs your platform; the addresses of `contact` are examples."""

CONTACT = {
    "name": "The team that runs your platform",
    "url": "https://tickets.example.com/",
    "email": "team@tickets.example.com",
}
"""Each platform has its own team. The domain is reserved for examples, so nobody else gets its mail."""

SERVERS: dict[str, Any] = {
    "composed": {
        "host": "kafka:9092",
        "protocol": "kafka",
        "description": "With Docker Compose, for containers on the network `ticketstream_subscribers`; with "
        "`deploy/compose.ha.yml` on `ticketstream-ha_subscribers`, where `kafka-2:9092` and `kafka-3:9092` are too. "
        "Without password.",
    },
    "local": {
        "host": "127.0.0.1:{port}",
        "protocol": "kafka",
        "description": "With `ticketstream up`, for programs on the same machine. Without password.",
        "variables": {
            "port": {"description": "The port in `kafka` of `.ticketstream/run.json`. Each folder has its own."}
        },
    },
}
"""Where Kafka is, as `docs/subscribe.md` says."""


def document() -> dict[str, Any]:
    """Return the document. Every process of one release returns the same."""
    topics = Topics()
    events, directory = topics.definitions()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Ticketstream",
            "version": "1",
            "description": DESCRIPTION,
            "contact": CONTACT,
            "license": {"name": "All rights reserved"},
            "tags": [
                {"name": "tickets", "description": "What happens to tickets."},
                {"name": "directory", "description": "The names of what the events refer to."},
            ],
        },
        "defaultContentType": "application/json",
        "servers": SERVERS,
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
            "publishTicketEvents": _published(
                "ticketEvents",
                "tickets",
                "Publish what happens to tickets",
                "The platform publishes each event some milliseconds after it accepted the command. Read them from the "
                "first one on.",
            ),
            "publishDirectory": _published(
                "directory",
                "directory",
                "Publish the entries that the events refer to",
                "The platform publishes each entry that an import adds, changes or removes.",
            ),
        },
        "components": {
            "messages": event_messages() | directory_messages(),
            "schemas": {"EventHeaders": HEADERS, "TicketUid": KEY} | _event_schemas() | directory_schemas(SCHEMAS),
        },
    }


def _event_schemas() -> dict[str, Any]:
    """Return the schemas of events in AsyncAPI's form, where a discriminator is the name of a field."""
    known = schemas(SCHEMAS)
    used: dict[str, Any] = {}
    waiting = list(event_messages())
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = _in_asyncapi(known[name])
            waiting += re.findall(r'"#/components/schemas/(\w+)"', json.dumps(used[name]))
    return dict(sorted(used.items()))


def _in_asyncapi(part: Any) -> Any:
    """Return a part of a schema in the form of JSON Schema 7, where nothing beside a reference counts."""
    if isinstance(part, list):
        return [_in_asyncapi(item) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part and len(part) > 1:
        return {"allOf": [{"$ref": part["$ref"]}]} | {name: value for name, value in part.items() if name != "$ref"}
    return {
        name: value["propertyName"] if name == "discriminator" else _in_asyncapi(value) for name, value in part.items()
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


def _published(channel: str, tag: str, summary: str, description: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "description": description,
        "tags": [{"name": tag}],
    }
