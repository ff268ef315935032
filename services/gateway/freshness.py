"""Reading what one has written: a view that holds a ticket's version at least (design, Views and reads).

A command is answered with `Ticket-Version: <uid>:<version>`; a read that sends it back as `If-Ticket-Version` waits.
"""

import re

from services.gateway.filters import Filter, all_of
from services.gateway.query import BadParameterError
from shared.contract.scalars import uid

HEADER = "If-Ticket-Version"

_DIGITS = re.compile(r"[0-9]{1,9}")


def awaited(header: str | None, visible: Filter) -> Filter | None:
    """Give the filter on `tickets` that finds one once the views are as new as `header` wants; None for any age.

    It finds what is `visible` alone: how long a read waits tells nothing of other tickets. Raises `BadParameterError`.
    """
    if header is None:
        return None
    ticket, _, version = header.strip().partition(":")
    try:
        return all_of({"_id": uid(ticket), "version": {"$gte": _number(version)}}, visible)
    except ValueError:
        raise BadParameterError(f"Header {HEADER} must be <ticket uid>:<version>, as Ticket-Version was.") from None


def _number(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError("must be digits")
    return int(text)
