"""The whole document: what holds for every request, the endpoints, and the types they speak of."""

import json
from typing import Any

from services.gateway.openapi.operations import TAGS, paths
from services.gateway.openapi.parameters import SCHEMAS
from services.gateway.openapi.responses import HEADERS, shared_responses
from shared.contract.examples import examples
from shared.contract.json_schema import schemas
from shared.sessions import COOKIE, IDLE, LIFETIME
from shared.web import BODY_LIMIT

HOUR = 3600

DESCRIPTION = f"""\
Incident tickets for property managers. Clients send **commands**; each accepted command becomes one immutable
**event**; views made from the events answer every read.

**Session.** `login` answers with the cookie `{COOKIE}`, which all other requests need. It lasts
{LIFETIME.total_seconds() / HOUR:.0f} h, or {IDLE.total_seconds() / HOUR:.0f} h without a request. On a page that shows
this document the browser keeps it: log in, then try the rest. A user sees the tickets of a scope; what is outside is as
if it were not there, and commands for it are answered with 403.

**Commands.** `processUid` is the identity of a command: one that is sent again is refused with `CommandAlreadySent`,
and never becomes a second event. So send a command again, unchanged, whenever its answer is lost or 503. An answered
command is never lost.

**Read your writes.** An accepted command is answered with `Ticket-Version`. A list or detail that is asked for with it
as `If-Ticket-Version` waits for the views to hold that version, some seconds at most, then 503.

**Pages.** `range=0-9` asks for ten items. `Content-Range` says what came, of how many: 200 when this is everything,
else 206.

**JSON.** Bodies are UTF-8 with `Content-Type: application/json`, {BODY_LIMIT // 1024} KiB at most. A field without
value is absent; null reads as absent. Unknown fields are dropped, at any depth. Odd spellings are the contract's own.

**Errors** have `errorType`, for programs, and `message`, for people; 401 and 403 have no body. A path that is not
listed here, or has a slash at its end, is answered with 404, another method with 405 and `Allow`. HEAD is GET without
body."""


def document() -> dict[str, Any]:
    """Make the document; it is the same in every process of one version."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ticketstream",
            "version": "1",
            "summary": "Commands in, events out, views to read.",
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/", "description": "The gateway that serves this document."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"session": []}],
        "paths": paths(),
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}},
            "headers": dict(HEADERS),
            "responses": shared_responses(),
            "schemas": _schemas(),
        },
    }


def pretty(made: dict[str, Any]) -> str:
    """Write the document for people: a line for each fact, an end of line at the end."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _schemas() -> dict[str, Any]:
    """Give the contract's types, commands and events with their example, and the text of `Ticket-Version`."""
    version = {
        "title": "TicketVersion",
        "description": "A ticket and the number of its events: `<uid>:<version>`.",
        "type": "string",
        "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}:[0-9]{1,9}$",
        "examples": ["8074964f-c633-3c2a-055f-bbaf8ca8181b:2"],
    }
    shown = {name.partition(".")[2]: example for name, example in examples().items() if not name.startswith("view.")}
    return {
        name: schema | ({"examples": [shown[name]]} if name in shown else {})
        for name, schema in (schemas(SCHEMAS) | {"TicketVersion": version}).items()
    }
