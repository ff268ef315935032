"""Read your own writes: the header that makes a read wait for a version of a ticket.

A command is answered with `Ticket-Version: <uid>:<version>`. A read that sends it back as `If-Ticket-Version` waits
until the views have that version.
"""

from collections.abc import Sequence
from typing import Final

from services.gateway.parameters.filters import Filter, all_of
from services.gateway.parameters.query import BadParameterError
from shared.accounts.scopes import Visible, visible_filter
from shared.contract.scalars import uid
from shared.storage.event_document import read_event_id

HEADER: Final = "If-Ticket-Version"


def version_filter(values: Sequence[str], visible: Visible) -> Filter | None:
    """Return the filter on `tickets` that finds the ticket of the header once the views have its version.

    The first of its `values` counts. Without any, return None. The filter finds only what is `visible`, so that the
    length of the wait says nothing about other tickets. Raises `BadParameterError`.
    """
    if not values:
        return None
    ticket, version = read_event_id(values[0].strip())
    bad = BadParameterError(f"Header {HEADER} must be <ticket uid>:<version>, as Ticket-Version was.")
    if version is None:
        raise bad
    try:
        found = {"_id": uid(ticket), "version": {"$gte": version}}
    except ValueError:
        raise bad from None
    return all_of(found, visible_filter(visible))
