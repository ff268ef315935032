"""What a request may say besides its body: parameters of path and query, one header.

Pure. The names are those that `filters` and `freshness` read.
"""

from collections.abc import Collection, Mapping
from typing import Any

from services.gateway.filters import BESIDE_FULLTEXT
from services.gateway.freshness import HEADER
from services.gateway.fulltext import LONGEST_TERM, MOST_TERMS
from services.gateway.paging import RANGE
from services.gateway.query import LONGEST

Fragment = dict[str, Any]
"""A part of the document."""

SCHEMAS = "#/components/schemas/{model}"
FULLTEXT = "fulltext"
TICKET = "8074964f-c633-3c2a-055f-bbaf8ca8181b"

RULES = f"""\
Values of one filter are alternatives, except terms of `fulltext`; several filters all apply. A parameter that takes
several values may be repeated or have its values parted by commas; a comma inside a value is `%2C`. `+` is a space, a
plus is `%2B`. Other parameters are ignored, an empty one is as if absent. A query string may take {LONGEST // 1024}
KiB."""


def typed(name: str) -> Fragment:
    """Refer to a type of the contract."""
    return {"$ref": SCHEMAS.format(model=name)}


def _several(of: Fragment, text: str) -> Fragment:
    return {"schema": {"type": "array", "items": of}, "description": text}


_TEXT = {"type": "string"}

_FILTERS: Mapping[str, Fragment] = {
    "agency": _several(typed("SafeUUID"), "Uids of agencies; a ticket of one of them is selected."),
    "status": {"schema": typed("TicketStatus"), "description": "One status."},
    "location": _several(_TEXT, "Towns: `address.city` as a whole, case and accents ignored."),
    "from": {
        "schema": typed("LocalDate"),
        "description": "First day of creation, included. Without `to`, up to today.",
    },
    "to": {
        "schema": typed("LocalDate"),
        "description": "Last day of creation, included; not before `from`. Without `from`, everything up to it.",
    },
    "callpurpose": _several(_TEXT, "Call purposes: the whole label, case and accents ignored."),
    "activeproviders": _several(_TEXT, "Uids of the provider that the ticket shows."),
    FULLTEXT: _several(
        _TEXT,
        "Terms that must all occur, case and accents ignored. A term stands inside one text of the ticket, from the "
        "start of a word; its last word may be the beginning of a longer one (`chauff` finds Chauffage). "
        f"At most {MOST_TERMS} terms of {LONGEST_TERM} letters.",
    ),
}
"""The filters of tickets; they have no examples, because not all go together, and pages fill examples in."""

ALONE = "Can not be combined with other filters."


def filters(*, without: Collection[str] = (), fulltext_alone: bool = True) -> list[Fragment]:
    """Give the parameters that `filters.read_selection` reads; they are all optional."""
    given = [_in_query(name, _FILTERS[name]) for name in (*BESIDE_FULLTEXT, FULLTEXT) if name not in without]
    if fulltext_alone:
        given[-1]["description"] += f" {ALONE}"
    return given


def item_range(largest: int) -> Fragment:
    """Give the parameter `range` of an answer that holds at most `largest` items."""
    return _in_query(
        "range",
        {
            "schema": {"type": "string", "pattern": f"^{RANGE}$", "default": f"0-{largest - 1}"},
            "description": "The part that is wanted, `<first>-<last>`, both counted from 0 and included. It is cut to "
            "what there is, and to `Accept-Range`.",
        },
    )


def window() -> list[Fragment]:
    """Give the two parameters of the event feed; they are required."""
    ends = {
        "from": ("First instant, included.", "2016-08-25T16:00:00.000Z"),
        "to": (
            "Last instant, included; not before `from`. One in the future counts as the moment of the request.",
            "2016-08-25T16:59:59.999Z",
        ),
    }
    return [
        _in_query(name, {"schema": typed("DateTime"), "description": text, "required": True, "example": example})
        for name, (text, example) in ends.items()
    ]


def ticket_uid() -> Fragment:
    """Give the parameter of the path."""
    return {
        "name": "ticket_uid",
        "in": "path",
        "required": True,
        "description": "The ticket.",
        "schema": typed("SafeUUID"),
        "example": TICKET,
    }


def awaited_version() -> Fragment:
    """Give the header with which a read waits for what was written."""
    return {
        "name": HEADER,
        "in": "header",
        "description": "`Ticket-Version` of a command's answer: the read waits until the views hold that version.",
        "schema": typed("TicketVersion"),
    }


def _in_query(name: str, facts: Fragment) -> Fragment:
    return {"name": name, "in": "query", **facts}
