"""The scalars, enumerations and maps of the contract. They are validated and normalised when they are read.

Each value keeps its JSON type. A date and time stays a string with three fractional digits, in its original offset
(`DateTime`) or in UTC (`UtcDateTime`). Strings in UTC sort like the instants.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, FailFast, StringConstraints

from shared.clock import instant, wire

Value = TypeVar("Value")

DATE_TIME = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]{1,9}))?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-7]):[0-5][0-9]|18:00))"
)
"""The pattern of a date and time, with three groups: up to the seconds, their fraction, the offset."""
UID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""The pattern of a uid as it is written, in lower case."""
UID_READ = UID.replace("a-f", "a-fA-F")
"""The pattern of a uid as it is read, in lower or upper case."""
LOCAL_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

_DATE_TIME = re.compile(DATE_TIME)
_UID = re.compile(UID_READ)
_LOCAL_DATE = re.compile(LOCAL_DATE)


def as_received(text: str) -> str:
    """Return a date and time in its own offset with three fractional digits; further digits are cut.

    Raises `ValueError` for another form, a date that does not exist, an offset beyond 18:00, or an instant outside the
    years 1 to 9999 in UTC.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("must be a date and time with seconds and a zone, as 2016-08-25T16:51:23.000+02:00")
    seconds, fraction, zone = match.groups("")
    try:
        datetime.fromisoformat(seconds + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a date and time that exists") from None
    return f"{seconds}.{fraction[:3].ljust(3, '0')}{zone}"


def in_utc(text: str) -> str:
    """Return the same instant in UTC, with three fractional digits and `Z`; raises like `as_received`."""
    return wire(instant(as_received(text)))


def local_date(text: str) -> str:
    """Return a date `YYYY-MM-DD` unchanged; raises `ValueError` for another form or a date that does not exist."""
    if _LOCAL_DATE.fullmatch(text) is None:
        raise ValueError("must be a date, as 2016-02-29")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date that exists") from None
    return text


def uid(text: str) -> str:
    """Return a uid in lower case; raises `ValueError` for another form (contract 30 and 64)."""
    if not _UID.fullmatch(text):
        raise ValueError("must be a uid (hexadecimal digits, 8-4-4-4-12)")
    return text.lower()


def without_nulls(value: Value) -> Value | dict[object, object]:
    """Return a map without its null entries. Another value is returned unchanged; its type refuses it afterwards."""
    if isinstance(value, dict):
        return {key: entry for key, entry in value.items() if entry is not None}
    return value


def held_as_a_dict(value: Value) -> Value:
    """Return the value unchanged: with a validator before, pydantic builds a dict, which has the last of equal keys."""
    return value


String = str
Number = int | float
Long = int
SafeUUID = Annotated[str, StringConstraints(pattern=f"^{UID_READ}$", to_lower=True)]
"""A uid in lower case. Upper case is read too; version and variant digits are not checked."""
LocalDate = Annotated[str, AfterValidator(local_date)]
DateTime = Annotated[str, AfterValidator(as_received)]
"""A date and time in its original offset, with three fractional digits."""
UtcDateTime = Annotated[str, AfterValidator(in_utc)]
"""A date and time in UTC, `YYYY-MM-DDThh:mm:ss.mmmZ`. Any offset is read."""

TextList = Annotated[list[str], FailFast()]
"""An array of texts. Reading stops at the first item that is not a text."""
Texts = Annotated[dict[str, str], FailFast(), BeforeValidator(without_nulls)]
"""A map with free keys and texts. Null entries are dropped."""
TextLists = Annotated[dict[str, TextList], FailFast(), BeforeValidator(without_nulls)]
"""A map with free keys and arrays of texts. Null entries are dropped; a null inside an array is refused."""
NullableTexts = Annotated[dict[str, str | None], FailFast(), BeforeValidator(held_as_a_dict)]
"""A map with free keys and texts or nulls. Reading stops at the first invalid entry."""

TicketStatus = Literal["OPENED", "CLOSED"]
MediumType = Literal["PHONE", "FAX", "MAIL", "SMS"]
Gender = Literal["Male", "Female"]
StillOnSite = Literal["Yes", "No", "NotAsked", "ProviderRefuseToReply", "NA"]
AssignationKind = Literal["RecourseChanged", "ProviderAssigned"]
