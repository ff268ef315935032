"""Hooks for schemathesis: they allow what the schema cannot express.

A schema cannot express what depends on the ticket's state, on two values together, or on the absence of a value. The
numbers in comments are those of docs/contract.md.
"""

import itertools
import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args

import schemathesis
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

from shared.accounts.session_cookie import COOKIE
from shared.contract import LocationReference, TicketEventErrorType
from shared.contract.scalars import uid
from tests.support.data.tickets import AT_NORTH, ticket_uid

LOGOUT: Final = "/api/v1/logout"
FIRST: Final = "A_TICKET_VERSION"
"""Name of the environment variable with the `Ticket-Version` of an existing ticket."""
TOKEN: Final = "A_TOKEN"
"""Name of the environment variable with a valid token; the one of the session is that of the cookie."""
TO_END: Final = "SESSIONS_TO_END"
"""Name of the environment variable with sessions that logouts may end, separated by commas."""

WELL_FORMED_AND_REFUSED: Final = (
    r"Parameter to must not be before from\.",  # 9 and 20
    r"Parameter range must not end before it starts\.",  # 1
    r"Parameter fulltext cannot be combined with \w+\.",  # 4
    r"Parameter (fulltext|query) may have 20 terms\.",  # its description says so: not every item is a term (77)
    r"The login or the password is wrong\.",  # 16
    r"endDate .*",  # 59
    r"fieldsToCorrect .*",  # 59
    r"the body has a NUL character in the name of a field\.",  # 67
)
"""Messages of refusals that depend on more than the schema."""
BY_STATE: Final = set(get_args(TicketEventErrorType)) - {"TicketGenericError"}
"""Reasons why a ticket's state refuses a command."""

PLACE: Final[TypeAdapter[Any]] = TypeAdapter(LocationReference)


def written(moment: datetime, fraction: str, offset: int) -> str:
    """Return a date and time with these digits of a fraction of a second, and an offset in minutes."""
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}" if offset else "Z"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction and '.'}{fraction}{zone}"


DATES: Final = st.builds(
    written,
    st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30)),
    st.text("0123456789", max_size=9),
    st.integers(-18 * 60, 18 * 60),
)
"""Dates as the API reads them: the format alone allows offsets beyond 18:00 (63)."""
schemathesis.openapi.format("date-time", DATES)

versions = [os.environ[FIRST]]
"""Every `Ticket-Version` that this run's commands were answered with."""
numbers, calls = itertools.count(1), itertools.count()
to_end = os.environ[TO_END].split(",")


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Change well-formed requests so that they are accepted; most would be refused before anything of interest happens.

    Every other request has a token beside the session. A logout ends a session of its own. Commands get their own
    identity, an existing place and an existing ticket. Searches get one filter only. Reads wait only for versions that
    exist: waiting for another version takes five seconds and fails.
    """
    well_formed = case.meta.generation.mode.is_positive
    if case.cookies.get(COOKIE) == os.environ[COOKIE]:
        if case.operation.path == LOGOUT:
            case.cookies[COOKIE] = to_end.pop() if to_end else "ended"
        elif next(calls) % 2:
            case.headers["Authorization"] = f"Bearer {os.environ[TOKEN]}"
    awaited = case.headers.get("If-Ticket-Version")
    if awaited not in (None, *versions) and (well_formed or is_uid(awaited.partition(":")[0])):
        del case.headers["If-Ticket-Version"]  # the request may be invalid in other parts
    if well_formed and len(case.query) > 1:
        case.query.pop("fulltext", None)
    if case.method == "PATCH" and is_uid(case.path_parameters.get("ticket_uid")):
        case.path_parameters["ticket_uid"] = versions[-1].partition(":")[0]
    if isinstance(case.body, dict):
        own = {
            name: ticket_uid(next(numbers)) for name in ("processUid", "aggregateUid") if is_uid(case.body.get(name))
        }
        place = {"locationRef": AT_NORTH} if is_place(case.body.get("locationRef")) else {}
        case.body = case.body | own | place


@schemathesis.hook
def after_call(_context: Any, _case: Any, response: Any) -> None:
    """Record the version that a command wrote."""
    versions.extend(response.headers.get("ticket-version", ()))


@schemathesis.hook
def filter_failure(_context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """Keep a failure unless the contract allows the answer."""
    if isinstance(failure, RejectedPositiveData):
        return not refused_for_a_reason(response)
    if isinstance(failure, AcceptedNegativeData):
        return not (holds_null(case.body) or has_an_empty_parameter(response.request.url))
    return True


def refused_for_a_reason(response: Any) -> bool:
    """Return whether a well-formed request was refused for a reason that no schema can express."""
    if response.status_code != 400:
        return False
    refusal: Mapping[str, str] = json.loads(response.content)
    known = "|".join(WELL_FORMED_AND_REFUSED)
    return refusal["errorType"] in BY_STATE or bool(re.fullmatch(rf"(?:{known})(?: (?:{known}))*", refusal["message"]))


def holds_null(body: Any) -> bool:
    """Return whether a value is null: it counts as absent (32)."""
    if isinstance(body, dict):
        return any(map(holds_null, body.values()))
    return any(map(holds_null, body)) if isinstance(body, list) else body is None


def has_an_empty_parameter(url: str) -> bool:
    """Return whether a parameter has no value: it counts as absent (74)."""
    return re.search(r"[?&][^=&]*=?(&|$)", url) is not None


def is_uid(value: Any) -> bool:
    """Return whether this is a uid."""
    try:
        return isinstance(value, str) and bool(uid(value))
    except ValueError:
        return False


def is_place(value: Any) -> bool:
    """Return whether this is a valid location reference."""
    try:
        return bool(PLACE.validate_python(value))
    except ValidationError:
        return False
