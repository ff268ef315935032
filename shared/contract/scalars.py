"""The scalars, enumerations and maps of the contract, each validated and normalised on entry.

Every value keeps the type it has on the wire. A date and time stays a string: written with three digits of a second,
in the offset it came with (`DateTime`) or in UTC (`UtcDateTime`). Strings of the latter kind sort like the instants.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, FailFast, StringConstraints

from shared.clock import instant, wire

Value = TypeVar("Value")

DATE_TIME = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]{1,3}))?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-7]):[0-5][0-9]|18:00))"
)
"""The form of a date and time: the seconds, their fraction, the zone."""
LOCAL_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

_DATE_TIME = re.compile(DATE_TIME)
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_LOCAL_DATE = re.compile(LOCAL_DATE)


def as_received(text: str) -> str:
    """Check a date and time and write it with three digits of a second, its offset kept.

    Raises `ValueError` for another form, a day that no calendar has, an offset beyond 18:00, or an instant that has
    no date in UTC (before year 1, after year 9999).
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("must be a date and time with seconds and a zone, as 2016-08-25T16:51:23.000+02:00")
    seconds, fraction, zone = match.groups("")
    try:
        datetime.fromisoformat(seconds + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a date and time that exists") from None
    return f"{seconds}.{fraction.ljust(3, '0')}{zone}"


def in_utc(text: str) -> str:
    """Check a date and time and write the same instant in UTC, with three digits and `Z`; raises as `as_received`."""
    return wire(instant(as_received(text)))


def local_date(text: str) -> str:
    """Check a calendar date `YYYY-MM-DD`; raises `ValueError` for another form or a day that no calendar has."""
    if _LOCAL_DATE.fullmatch(text) is None:
        raise ValueError("must be a date, as 2016-02-29")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date that exists") from None
    return text


def uid(text: str) -> str:
    """Check a uid and give it in lower case (contract README, 30 and 64); raises `ValueError`."""
    if not _UID.fullmatch(text):
        raise ValueError("must be a uid (hexadecimal digits, 8-4-4-4-12)")
    return text.lower()


def without_nulls(value: Value) -> Value | dict[object, object]:
    """Drop the null entries of a map; whatever is no map is left for the type that follows to refuse."""
    if isinstance(value, dict):
        return {key: entry for key, entry in value.items() if entry is not None}
    return value


def held_as_a_dict(value: Value) -> Value:
    """Have a map held as a Python dict before it is checked: of duplicate keys only the last is left."""
    return value


String = str
Number = int | float
Long = int
SafeUUID = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", to_lower=True)
]
"""A uid in lower case; either case is read, version and variant digits are free."""
LocalDate = Annotated[str, AfterValidator(local_date)]
DateTime = Annotated[str, AfterValidator(as_received)]
"""A date and time in the offset it was received with, three digits of a second."""
UtcDateTime = Annotated[str, AfterValidator(in_utc)]
"""A date and time in UTC, `YYYY-MM-DDThh:mm:ss.mmmZ`; any offset is read."""

TextList = Annotated[list[str], FailFast()]
"""An array of texts; reading stops at the first item that is none, however many there are."""
Texts = Annotated[dict[str, str], BeforeValidator(without_nulls)]
"""Free keys, a text each; null entries are dropped."""
TextLists = Annotated[dict[str, TextList], BeforeValidator(without_nulls)]
"""Free keys, an array of texts each; null entries are dropped, null inside an array is refused."""
NullableTexts = Annotated[dict[str, str | None], BeforeValidator(held_as_a_dict)]
"""Free keys, a text or null each."""

TicketStatus = Literal["OPENED", "CLOSED"]
MediumType = Literal["PHONE", "FAX", "MAIL", "SMS"]
Gender = Literal["Male", "Female"]
StillOnSite = Literal["Yes", "No", "NotAsked", "ProviderRefuseToReply", "NA"]
AssignationKind = Literal["RecourseChanged", "ProviderAssigned"]
