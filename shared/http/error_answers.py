"""Error answers: the JSON body of every error (contract 18), 500, and 408, 413 and 503 for bodies.

A body that is too slow is answered with 408, one that is too large with 413, one over the memory budget with 503.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import orjson

from shared.http.bodies import LargeBodyError, SlowBodyError
from shared.http.memory_budget import OverBudgetError
from shared.telemetry import logger
from shared.telemetry.failures import facts_of

log = logger(__name__)

Headers = Sequence[tuple[bytes, bytes]]

RETRY_AFTER: Final[Headers] = ((b"retry-after", b"1"),)
"""The headers of an answer 503: a retry after one second may succeed."""
Reason = Literal["role", "scope", "other-site"]
"""Why a request is answered 403: the user's role, their scope, or a page of another site that sent it (contract 92)."""

BODY_REFUSALS: Final[Mapping[type[Exception], tuple[int, str, Headers]]] = {
    SlowBodyError: (408, "BadRequest", ()),
    LargeBodyError: (413, "TooLarge", ()),
    OverBudgetError: (503, "Unavailable", RETRY_AFTER),
}
"""Status, `errorType` and headers by exception. The text of the exception is the `message`."""


def body_refusal(refusal: Exception) -> tuple[int, str, str, Headers]:
    """Return status, `errorType`, `message` and headers of an exception of `BODY_REFUSALS`."""
    status, error_type, headers = BODY_REFUSALS[type(refusal)]
    return status, error_type, str(refusal), headers


def reason_header(reason: Reason) -> tuple[bytes, bytes]:
    """Return the header of an answer 403 that says why; the contract gives most of them no body."""
    return b"ticketstream-reason", reason.encode()


def error_body(error_type: str, message: str) -> bytes:
    """Return the JSON of `Error` and `TicketEventError` (contract 18)."""
    return orjson.dumps({"errorType": error_type, "message": message})


def failure_body(method: str, failure: Exception) -> bytes:
    """Log a failure that no code expected, and return the body of the answer 500."""
    log.error("request_failed", method=method, **facts_of(failure))
    return error_body("ServerError", "The server failed to answer; the failure was logged.")
