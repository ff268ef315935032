"""The parameters of the API description: path, query, and one header.

Pure. The names are those that `parameters.filters` and `parameters.freshness` read.
"""

from collections.abc import Collection, Mapping
from typing import Any

from services.gateway.openapi.sent_in_order import opening
from services.gateway.parameters.filters import BESIDE_FULLTEXT
from services.gateway.parameters.freshness import HEADER
from services.gateway.parameters.fulltext import LONGEST_TERM, MOST_TERMS
from services.gateway.parameters.paging import RANGE
from services.gateway.views.feed_windows import AHEAD, LAST_EVENT_ID, LONGEST_AWAY
from shared.http.request_limits import QUERY_LIMIT
from shared.text import INDEXED_LETTERS

Fragment = dict[str, Any]
"""A part of the OpenAPI document."""

SCHEMAS = "#/components/schemas/{model}"
FULLTEXT, QUERY = "fulltext", "query"

RULES = f"""\
The values of one filter are alternatives, except the terms of `fulltext`. Different filters must all match. A parameter
that takes several values can be repeated, or have values separated by commas. In a text, `%2C` is a literal comma;
between uids it separates values too. `+` is a space; write a plus as `%2B`, for example in the offset of a date.
Unknown and empty parameters are ignored. A query string may have {QUERY_LIMIT // 1024} KiB."""


def typed(name: str) -> Fragment:
    """Return a reference to a type of the contract."""
    return {"$ref": SCHEMAS.format(model=name)}


def _several(of: Fragment, text: str) -> Fragment:
    return {"schema": {"type": "array", "items": of}, "description": text}


_TEXT = {"type": "string"}
_BY_WORDS = (
    "Case, accents, hyphens, apostrophes and spaces do not matter; œ equals oe and æ equals ae. Only the first "
    f"{INDEXED_LETTERS} letters count. A value without a letter or digit selects nothing."
)

_FILTERS: Mapping[str, Fragment] = {
    "agency": _several(typed("SafeUUID"), "Uids of agencies. Tickets of any of them are selected."),
    "status": {"schema": typed("TicketStatus"), "description": "One status."},
    "location": _several(_TEXT, "Towns: the whole `address.city`, compared word by word. " + _BY_WORDS),
    "from": {
        "schema": typed("LocalDate"),
        "description": "First day of creation, included. Without `to`, up to today.",
    },
    "to": {
        "schema": typed("LocalDate"),
        "description": "Last day of creation, included; not before `from`. Without `from`, all earlier days.",
    },
    "callpurpose": _several(_TEXT, "Call purposes: the whole label, compared word by word. " + _BY_WORDS),
    "activeproviders": _several(_TEXT, "Uids of the provider that the ticket shows."),
    FULLTEXT: _several(
        _TEXT,
        "Terms that the ticket must all have; case and accents do not matter. A term is inside one text of the ticket "
        "and begins at the start of a word. Its last word may be the beginning of a longer one (`chauff` finds "
        "Chauffage). "
        f"At most {MOST_TERMS} terms of {LONGEST_TERM} letters.",
    ),
}
"""The filters of tickets. They have no examples: pages would fill in all of them, and not all can be combined."""

ALONE = "Cannot be combined with other filters."


def filters(*, without: Collection[str] = (), fulltext_alone: bool = True) -> list[Fragment]:
    """Return the parameters that `filters.read_selection` reads. All are optional."""
    given = [_in_query(name, _FILTERS[name]) for name in (*BESIDE_FULLTEXT, FULLTEXT) if name not in without]
    if fulltext_alone:
        given[-1]["description"] += f" {ALONE}"
    return given


def item_range(largest: int) -> Fragment:
    """Return the parameter `range` of an answer with at most `largest` items."""
    return _in_query(
        "range",
        {
            "schema": {"type": "string", "pattern": f"^{RANGE}$", "default": f"0-{largest - 1}"},
            "description": "The requested items, `<first>-<last>`, counted from 0, both included. The range is cut to "
            "the selection and to `Accept-Range`.",
        },
    )


def words() -> Fragment:
    """Return the parameter of the directory's lists."""
    return _in_query(
        QUERY,
        _several(
            _TEXT,
            "Terms that the entry must all have, as in `fulltext` of the list of tickets. "
            f"At most {MOST_TERMS} terms of {LONGEST_TERM} letters.",
        ),
    )


def window() -> list[Fragment]:
    """Return the two required parameters of the event feed."""
    ahead = f"{AHEAD.total_seconds():.0f}"
    ends = {
        "from": ("First instant, included.", "2016-08-25T16:00:00.000Z"),
        "to": (
            f"Last instant, included; not before `from`. For an instant up to {ahead} s in the future, the server "
            "waits until its clock has passed it. A later one, such as `9999-12-31T23:59:59Z`, is replaced by the time "
            "at which the request arrived.",
            "2016-08-25T16:59:59.999Z",
        ),
    }
    return [
        _in_query(name, {"schema": typed("DateTime"), "description": text, "required": True, "example": example})
        for name, (text, example) in ends.items()
    ]


def stream_start() -> list[Fragment]:
    """Return the optional parameters that say where a stream begins."""
    bounds = f"At most {LONGEST_AWAY.days} days ago, and not in the future."
    return [
        _in_query(
            "from",
            {
                "schema": typed("DateTime"),
                "description": f"First instant, included, for a client's first stream. {bounds} Without it, the stream "
                "begins with the events that the feed does not show yet. It is ignored beside `Last-Event-ID`.",
            },
        ),
        {
            "name": LAST_EVENT_ID,
            "in": "header",
            "description": f"The last id of an earlier stream, or a `Feed-Until`: a `DateTime`. {bounds}",
            "schema": {"type": "string"},  # generators of clients take no dates in headers
        },
    ]


def ticket_uid() -> Fragment:
    """Return the parameter of the path."""
    return {
        "name": "ticket_uid",
        "in": "path",
        "required": True,
        "description": "The ticket.",
        "schema": typed("SafeUUID"),
        "example": opening()["aggregateUid"],
    }


def awaited_version() -> Fragment:
    """Return the header that makes a read wait for a written version."""
    return {
        "name": HEADER,
        "in": "header",
        "description": "`Ticket-Version` of a command's answer. The read waits until the views have that version.",
        "schema": typed("TicketVersion"),
    }


def if_none_match() -> Fragment:
    """Return the header that names the answers that the client has."""
    return {
        "name": "If-None-Match",
        "in": "header",
        "description": "Entity tags of answers that the client has, separated by commas, or `*`. If the answer has one "
        "of them, it is 304. Tags are compared weakly (RFC 9110).",
        "schema": {"type": "string"},
        "example": '"3f1c9a6d0e5b47a28c1d6f3e9b7a5c42"',
    }


def _in_query(name: str, facts: Fragment) -> Fragment:
    return {"name": name, "in": "query", **facts}
