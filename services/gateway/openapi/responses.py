"""The answers of the API description: statuses, headers and bodies.

Pure. Refusals that several endpoints share are defined once; endpoints refer to them.
"""

import json
from collections.abc import Mapping

from services.gateway.openapi.parameters import Fragment, typed
from services.gateway.parameters.paging import LONGEST_LINK
from shared.contract import TicketEventErrorType
from shared.contract.examples import examples

JSON, CSV, EVENT_STREAM = "application/json", "text/csv", "text/event-stream"

CODES: Mapping[TicketEventErrorType, str] = {
    "TicketGenericError": "The command cannot be read, fields are missing or malformed (`message` names each), it is "
    "for the other endpoint, a date does not exist, "
    "the agency or patrimony is unknown, `endDate` is before `startDate`, `fieldsToCorrect` is empty, or the ticket's "
    "events would take more than 4 MiB.",
    "CommandAlreadySent": "The ticket has an event with this `processUid`. The rest of the command is not compared.",
    "ImpossibleToOpenExistingTicket": "Another command has opened the ticket `aggregateUid`.",
    "ImpossibleToPerfomCommandOnNonExistingTicket": "There is no such ticket.",
    "ImpossibleToScheduleMissionIfNoProviderIsAssigned": "No provider has been assigned yet.",
    "ImpossibleToDefineInterventionDeadlineIfNoProviderIsAssigned": "No provider has been assigned yet.",
    "ImpossibleToReportSendingServiceOrderIfNoProviderIsAssigned": "No provider has been assigned yet.",
    "ImpossibleToReportFormalNoticeIfNoInterventionDeadlineWasDefined": "No deadline has been defined yet.",
    "ImpossibleToReportFormalNoticeIfInterventionDeadlineIsNotExcedeed": "`reportDate` is not after the current "
    "deadline, which is the last one set by a deadline or a formal notice.",
    "ImpossibleToReportFormalNoticeIfNewDeadlineIsMinusThanPreviousInterventionDeadline": "The new deadline is before "
    "the current one.",
    "BlankTextIsForbiddenToCorrectTicketInformations": "A new text is empty or white space.",
    "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed": "`closingReport` is sent, and the ticket is open.",
    "EventTargetedNotFound": "The ticket has no event whose `processUid` is `targetedEvent`.",
    "EventTargetedIsNotElligibleToThisCommand": "The event is not a MessageAdded, CallReceived or CallEmittedTo.",
}
"""Why a command is refused with 400, by `errorType`."""

HEADERS: Mapping[str, Fragment] = {
    "Content-Range": {
        "description": "Items in the answer, and total count: `<first>-<last>/<count>`; `<count>-<count>/<count>` "
        "without items.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+-[0-9]+/[0-9]+$"},
        "example": "0-9/256",
    },
    "Accept-Range": {
        "description": "Most items in one answer.",
        "required": True,
        "schema": {"type": "integer"},
        "example": 100,
    },
    "ETag": {
        "description": "The entity tag of the answer. It is weak when the answer is compressed. The same answer has "
        "the same tag from every server.",
        "schema": {"type": "string", "pattern": '^(W/)?"[0-9a-f]+"$'},
        "example": '"3f1c9a6d0e5b47a28c1d6f3e9b7a5c42"',
    },
    "Link": {
        "description": "The next page, as a query for the same path (RFC 8288): the same parameters with the next "
        f"`range`. Absent on the last page, and when it is longer than {LONGEST_LINK} bytes.",
        "schema": {"type": "string"},
        "example": '<?status=OPENED&range=10-19>; rel="next"',
    },
    "Vary": {
        "description": "The request headers by which the form of the answer is chosen.",
        "schema": {"type": "string"},
        "example": "Accept, Accept-Encoding",
    },
    "Feed-Until": {
        "description": "The end of the answered window. Use it as the next `from`. When `to` was in the future, use it "
        "as `to` of the further pages too, so that all are pages of one window.",
        "required": True,
        "schema": typed("UtcDateTime"),
        "example": "2016-08-25T16:59:59.999Z",
    },
    "Ticket-Version": {
        "description": "The version that the command made. A read that sends it as `If-Ticket-Version` shows it.",
        "required": True,
        "schema": typed("TicketVersion"),
    },
    "WWW-Authenticate": {
        "description": '`Bearer`, with `error="invalid_token"` when the request has a token that is not valid.',
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer error="invalid_token"',
    },
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 1,
    },
    "Ticketstream-Reason": {
        "description": "Why the request is forbidden: the role of the user sends no commands (`role`), the ticket or "
        "the place is outside the scope of the user (`scope`), or a browser sent the request for a page of another "
        "site (`other-site`).",
        "required": True,
        "schema": {"type": "string", "enum": ["role", "scope", "other-site"]},
        "example": "scope",
    },
}


def _response(name: str) -> Fragment:
    return {"$ref": f"#/components/responses/{name}"}


def _with(*headers: str) -> Fragment:
    named = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return {"headers": named} if named else {}


def _refusal(text: str, error_type: str, message: str, *headers: str) -> Fragment:
    return {
        "description": text,
        **_with(*headers),
        "content": {JSON: {"schema": typed("Error"), "example": {"errorType": error_type, "message": message}}},
    }


UNCHANGED = "Unchanged"

_REFUSALS: Mapping[int, tuple[str, Fragment]] = {
    400: (
        "BadRequest",
        _refusal(
            "A parameter or the body cannot be read, or parameters cannot be combined.",
            "BadRequest",
            "Parameter to must not be before from.",
        ),
    ),
    401: (
        "NotLoggedIn",
        {
            "description": "There is no session, or it has ended. Or the token is wrong, has ended or was revoked, "
            "even beside a valid session. No body.",
            **_with("WWW-Authenticate"),
        },
    ),
    403: (
        "Forbidden",
        {
            "description": "The user may not send commands, or not for this ticket or place. No body. Or a browser "
            "sent the request for a page of another site; then the body is an `Error`.",
            **_with("Ticketstream-Reason"),
        },
    ),
    404: ("NotFound", _refusal("No ticket that the user may see.", "NotFound", "There is no such ticket.")),
    406: (
        "NotJson",
        _refusal(
            "The body has another content type.",
            "NotAcceptable",
            "Send the command with Content-Type: application/json.",
        ),
    ),
    408: (
        "TooSlow",
        _refusal(
            "The body did not arrive in time.",
            "BadRequest",
            "The body did not arrive within 15 seconds; send it again.",
        ),
    ),
    413: ("TooLarge", _refusal("The body is too large.", "TooLarge", "A command may take 262144 bytes.")),
    429: (
        "TooManyRequests",
        _refusal(
            "Too many attempts for this account or from this address, mainly with wrong passwords.",
            "TooManyRequests",
            "Too many logins were tried; try again later.",
            "Retry-After",
        ),
    ),
    500: (
        "ServerError",
        _refusal(
            "The server failed. The request is not the cause.",
            "ServerError",
            "The server failed to answer; the failure was logged.",
        ),
    ),
    503: (
        "Unavailable",
        _refusal(
            "Temporarily unavailable: a part of the platform is down or busy, too much is selected, or the views do "
            "not have the requested version yet. It is safe to send a command again with the same `processUid`: it is "
            "applied at most once.",
            "Unavailable",
            "The command could not be taken now; send it again.",
            "Retry-After",
        ),
    ),
}

REFUSED_COMMAND = "RefusedCommand"
OTHER_SITE = "OtherSite"
NO_SESSION = "NoSession"


def shared_responses() -> dict[str, Fragment]:
    """Return the responses that endpoints refer to, by name."""
    codes = "\n".join(f"| `{code}` | {text} |" for code, text in CODES.items())
    refused = {
        "description": f"The command was refused and changed nothing.\n\n| `errorType` | why |\n| --- | --- |\n{codes}",
        "content": {
            JSON: {"schema": typed("TicketEventError"), "example": examples()["error.TicketEventError"]},
        },
    }
    return dict(_REFUSALS.values()) | {
        REFUSED_COMMAND: refused,
        UNCHANGED: {
            "description": "The client has this answer: `If-None-Match` names its entity tag. No body. An answer that "
            "would be sent in one piece also has its headers here.",
            **_with("ETag"),
        },
        OTHER_SITE: _refusal(
            "A browser sent the request for a page of another site.",
            "Forbidden",
            "A browser sent this for a page of another site, with the session of the person who looks at that page. "
            "Send it from a page of this address.",
            "Ticketstream-Reason",
        ),
        NO_SESSION: _refusal(
            "The request has a token, which has no session.",
            "BadRequest",
            "A token has no session that could end; `ticketstream users revoke` revokes a token.",
        ),
    }


def refused(*statuses: int) -> dict[str, Fragment]:
    """Return references to the responses for these statuses."""
    return {str(status): _response(_REFUSALS[status][0]) for status in statuses}


def refused_command() -> dict[str, Fragment]:
    """Return a reference to the answer 400 of the write endpoints."""
    return {"400": _response(REFUSED_COMMAND)}


def refused_other_site() -> dict[str, Fragment]:
    """Return a reference to the answer 403 to a login that another site sent."""
    return {"403": _response(OTHER_SITE)}


def refused_token() -> dict[str, Fragment]:
    """Return a reference to the answer 400 to a logout with a token."""
    return {"400": _response(NO_SESSION)}


def unchanged() -> dict[str, Fragment]:
    """Return a reference to the answer 304."""
    return {"304": _response(UNCHANGED)}


def answered(text: str, view: str, example: object, *headers: str) -> Fragment:
    """Return a success whose body is a view."""
    return {
        "description": text,
        **_with(*headers),
        "content": {JSON: {"schema": typed(view), "example": example}},
    }


def a_page(text: str, view: str, example: object, *more: str) -> dict[str, Fragment]:
    """Return the two answers with a page, with `more` headers besides those of every page."""
    headers = ("Content-Range", "Accept-Range", "Link", *more)
    return {
        "200": answered(f"{text}, all of the selection.", view, example, *headers),
        "206": answered(f"{text}, a part of the selection.", view, example, *headers),
    }


def or_csv(responses: dict[str, Fragment], example: str) -> dict[str, Fragment]:
    """Return the answers with CSV as a second form of their bodies."""
    form = {CSV: {"schema": {"type": "string"}, "example": example}}
    return {status: one | {"content": one["content"] | form} for status, one in responses.items()}


def a_stream() -> Fragment:
    """Return the answer with a stream of events."""
    begin = "retry: 1000\nid: 2016-08-25T16:59:58.812Z\n\n"
    events = json.dumps([examples()["event.TicketOpened"]], ensure_ascii=False, separators=(",", ":"))
    return {
        "description": "A stream that ends when the session ends or the server stops. `data` of a message is one line, "
        "an array of `TicketEvent`; `id` is a `UtcDateTime`.",
        "content": {
            EVENT_STREAM: {
                "schema": {"type": "string"},
                "example": f"{begin}id: 2016-08-25T16:59:59.999Z\ndata: {events}\n\n",
            }
        },
    }
