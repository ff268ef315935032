"""The whole OpenAPI document: general rules, endpoints and types."""

import json
from datetime import timedelta
from typing import Any

from services.gateway.endpoints.login import LOGIN_LIMIT
from services.gateway.openapi.operations import TAGS, paths
from services.gateway.openapi.own_types import own_types
from services.gateway.openapi.parameters import SCHEMAS
from services.gateway.openapi.responses import HEADERS, shared_responses
from services.gateway.openapi.sent_in_order import increments, opened, opening
from shared.accounts.session_cookie import COOKIE
from shared.accounts.sessions import IDLE
from shared.contract import scalars
from shared.contract.examples import examples
from shared.contract.json_schema import schemas
from shared.http.request_limits import BODY_LIMIT, FIELDS_LIMIT, HEAD_LIMIT
from shared.storage.event_document import VERSION_DIGITS
from shared.storage.schema import SESSION_LIFETIME


def _hours(time: timedelta) -> str:
    return f"{time.total_seconds() / 3600:.0f} h"


DESCRIPTION = f"""\
Incident tickets for property managers. Clients send **commands**. Each accepted command becomes one immutable
**event**. Views are made from the events and answer every read.

**Session.** `login` answers with the cookie `{COOKIE}`. All other requests need it, or a token. The session ends with
`logout`, after {_hours(SESSION_LIFETIME)}, or after {_hours(IDLE)} without a request. On a page that shows this
document, the browser keeps the cookie: log in, then try the other endpoints. A user sees the tickets of a scope. Reads
do not show other tickets, and commands for them are answered with 403.

**Token.** A program sends `Authorization: Bearer <token>` in place of the cookie. An operator of the platform makes the
token, with an end. It acts with the role and the scope of its user. With a wrong, ended or revoked token the answer is
401, even beside a valid cookie. Other schemes of `Authorization` are ignored.

**Commands.** `processUid` identifies a command. A command that is sent again is refused with `CommandAlreadySent`, and
never becomes a second event. So send a command again, unchanged, whenever its answer is lost or 503. An accepted
command is never lost.

**Read your writes.** An accepted command is answered with `Ticket-Version`. Send it as `If-Ticket-Version` with a list
or detail: the read waits until the views have that version. After some seconds the answer is 503.

**Pages.** `range=0-9` asks for ten items. `Content-Range` names the items in the answer and their total count. The
status is 200 when the answer has all items, else 206. `Link` with `rel="next"` is the next page, relative to the
requested path.

**Unchanged answers.** Lists, statistics, details and exports have an `ETag`. A request that sends it back as
`If-None-Match` is answered with 304 and without a body while the answer is the same. `Cache-Control` is `no-store`:
browsers and proxies keep nothing, so a program keeps the answer and its tag itself.

**JSON.** Bodies are UTF-8 with `Content-Type: application/json`, {BODY_LIMIT // 1024} KiB at most,
{LOGIN_LIMIT // 1024} KiB for a login. A field without value is absent; null means absent. Unknown fields are
ignored, at any depth. Odd spellings are part of the contract.

**Request heads** may have {HEAD_LIMIT // 1024} KiB and {FIELDS_LIMIT} fields, trailers included. Otherwise the answer
is 431, and the connection is closed. `Upgrade` is ignored: the answer is HTTP/1.1.

**Errors** have `errorType` for programs and `message` for people. 401 has no body, and 403 has one only when
`Ticketstream-Reason` is `other-site`. A path that is not listed here, or that ends with a slash, is answered with 404.
Another method is answered with 405 and `Allow`. HEAD is GET without a body."""


def document() -> dict[str, Any]:
    """Return the document. Every process of one release returns the same."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ticketstream",
            "version": "1",
            "summary": "Commands in, events out, views to read.",
            "description": DESCRIPTION,
            "contact": {"name": "The team that runs this platform"},
        },
        "servers": [{"url": "/", "description": "The gateway that serves this document."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"session": []}, {"bearer": []}],
        "paths": paths(),
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "bearer": {"type": "http", "scheme": "bearer", "description": "For programs. See above."},
            },
            "headers": dict(HEADERS),
            "responses": shared_responses(),
            "schemas": _schemas(),
        },
    }


def pretty(made: dict[str, Any]) -> str:
    """Return the document as indented JSON that ends with a newline."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _schemas() -> dict[str, Any]:
    """Return the contract's types, those of commands and events with an example, and this project's own types."""
    version = {
        "title": "TicketVersion",
        "description": "A ticket and the number of its events: `<uid>:<version>`.",
        "type": "string",
        "pattern": f"^{scalars.UID_READ}:[0-9]{{1,{VERSION_DIGITS}}}$",
        "examples": [f"{opening()['aggregateUid']}:1"],
    }
    shown = {name.partition(".")[2]: example for name, example in examples().items() if not name.startswith("view.")}
    shown |= {"OpenTicket": opening(), "TicketOpened": opened()} | increments()
    return {
        name: schema | ({"examples": [shown[name]]} if name in shown else {})
        for name, schema in (schemas(SCHEMAS) | {"TicketVersion": version} | own_types()).items()
    }
