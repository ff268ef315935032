"""What requests are answered with: statuses, headers and bodies.

Pure. Refusals that several endpoints share are named once, and referred to.
"""

from collections.abc import Mapping

from services.gateway.openapi.parameters import Fragment, typed
from shared.contract.examples import examples

JSON = "application/json"

CODES: Mapping[str, str] = {
    "TicketGenericError": "The command can not be read, a field is missing or ill-formed, a date does not exist, "
    "the agency or patrimony is unknown, `endDate` is before `startDate`, `fieldsToCorrect` is empty, or the ticket's "
    "events would take more than 4 MiB.",
    "CommandAlreadySent": "The ticket has an event of this `processUid`; what else the command says is not compared.",
    "ImpossibleToOpenExistingTicket": "Another command has opened the ticket `aggregateUid`.",
    "ImpossibleToPerfomCommandOnNonExistingTicket": "There is no such ticket.",
    "ImpossibleToScheduleMissionIfNoProviderIsAssigned": "No provider was assigned yet.",
    "ImpossibleToDefineInterventionDeadlineIfNoProviderIsAssigned": "No provider was assigned yet.",
    "ImpossibleToReportSendingServiceOrderIfNoProviderIsAssigned": "No provider was assigned yet.",
    "ImpossibleToReportFormalNoticeIfNoInterventionDeadlineWasDefined": "No deadline was defined yet.",
    "ImpossibleToReportFormalNoticeIfInterventionDeadlineIsNotExcedeed": "`reportDate` is not after the deadline in "
    "force, which is the last one that a deadline or a formal notice has set.",
    "ImpossibleToReportFormalNoticeIfNewDeadlineIsMinusThanPreviousInterventionDeadline": "The new deadline is before "
    "the one in force.",
    "BlankTextIsForbiddenToCorrectTicketInformations": "A text that is to replace another is empty or white space.",
    "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed": "`closingReport` is sent, and the ticket is open.",
    "EventTargetedNotFound": "The ticket has no event whose `processUid` is `targetedEvent`.",
    "EventTargetedIsNotElligibleToThisCommand": "The event is no MessageAdded, CallReceived or CallEmittedTo.",
}
"""Why a command is refused with 400, by `errorType`."""

HEADERS: Mapping[str, Fragment] = {
    "Content-Range": {
        "description": "Which items the answer holds, of how many: `<first>-<last>/<count>`; `<count>-<count>/<count>` "
        "when it holds none.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+-[0-9]+/[0-9]+$"},
        "example": "0-9/256",
    },
    "Accept-Range": {
        "description": "Most items that one answer holds.",
        "required": True,
        "schema": {"type": "integer"},
        "example": 100,
    },
    "Ticket-Version": {
        "description": "The version that the command has made; a read that sends it as `If-Ticket-Version` shows it.",
        "required": True,
        "schema": typed("TicketVersion"),
    },
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 1,
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


_REFUSALS: Mapping[int, tuple[str, Fragment]] = {
    400: (
        "BadRequest",
        _refusal(
            "A parameter or the body can not be read, or parameters do not go together.",
            "BadRequest",
            "Parameter to must not be before from.",
        ),
    ),
    401: ("NotLoggedIn", {"description": "There is no session, or it is over. No body."}),
    403: ("Forbidden", {"description": "The user may not send commands, or not for this ticket or place. No body."}),
    404: ("NotFound", _refusal("No ticket that the user may see.", "NotFound", "There is no such ticket.")),
    406: (
        "NotJson",
        _refusal(
            "The body is sent as another type.",
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
            "Too many attempts failed, for this account or from this address.",
            "TooManyRequests",
            "Too many logins failed; try again later.",
            "Retry-After",
        ),
    ),
    500: (
        "ServerError",
        _refusal(
            "The server failed, which is a fault of its own.",
            "ServerError",
            "The server failed to answer; the failure was logged.",
        ),
    ),
    503: (
        "Unavailable",
        _refusal(
            "Not now, but perhaps in a moment: a part is away or busy, too much is selected, or the views do not hold "
            "yet what is asked for. A command may be sent again whatever became of it: its `processUid` counts once.",
            "Unavailable",
            "The command could not be taken now; send it again.",
            "Retry-After",
        ),
    ),
}

REFUSED_COMMAND = "RefusedCommand"


def shared_responses() -> dict[str, Fragment]:
    """Give the responses that endpoints refer to, by name."""
    codes = "\n".join(f"| `{code}` | {text} |" for code, text in CODES.items())
    refused = {
        "description": f"The command is refused, and changed nothing.\n\n| `errorType` | why |\n| --- | --- |\n{codes}",
        "content": {
            JSON: {"schema": typed("TicketEventError"), "example": examples()["error.TicketEventError"]},
        },
    }
    return dict(_REFUSALS.values()) | {REFUSED_COMMAND: refused}


def refused(*statuses: int) -> dict[str, Fragment]:
    """Refer to what these statuses mean."""
    return {str(status): _response(_REFUSALS[status][0]) for status in statuses}


def refused_command() -> dict[str, Fragment]:
    """Refer to the answer 400 of the write endpoints."""
    return {"400": _response(REFUSED_COMMAND)}


def answered(text: str, view: str, example: object, *headers: str) -> Fragment:
    """Describe a success whose body is a view."""
    return {
        "description": text,
        **_with(*headers),
        "content": {JSON: {"schema": typed(view), "example": example}},
    }


def a_page(text: str, view: str, example: object) -> dict[str, Fragment]:
    """Describe the two answers that hold a page."""
    headers = ("Content-Range", "Accept-Range")
    return {
        "200": answered(f"{text}, all of the selection.", view, example, *headers),
        "206": answered(f"{text}, a part of the selection.", view, example, *headers),
    }
