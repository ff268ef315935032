"""The choice of an index on `tickets` for a selection. Pure.

Queries name the index (a hint) where the right one is known. MongoDB's own choice is the index that does well for the
first hundred tickets, and MongoDB keeps it for other values.
"""

from collections.abc import Sequence

from services.gateway.parameters.filters import Selection
from shared.accounts.scopes import Visible
from shared.read_model import index_names
from shared.read_model.index_names import ScopeIndex, TicketsIndex

MOST_MERGED = 100
"""Most values of a field for which MongoDB merges index ranges in the order of lists."""
MOST_AGENCIES = 20
"""Most agencies whose index keys are scanned for another filter. Each may have a hundredth of all tickets."""


def scope_index(visible: Visible) -> ScopeIndex | None:
    """Return the index, on `tickets` and on `journal`, that keeps the visible documents together; else None."""
    match visible.kind:
        case "everything":
            return None
        case "agencies":
            return index_names.AGENCY
        case "patrimonies":
            return index_names.PATRIMONY


def index_for(selection: Selection, visible: Visible) -> TicketsIndex | None:
    """Return the index that has what is selected and `visible` in the order of lists. None lets MongoDB choose.

    A limited scope uses its own index. With any other index, the response time would reveal something about tickets
    outside the scope (decision 0022). Exception: a scope of very many agencies or patrimonies, without full text.

    A query with agencies and one other field uses the index of agencies, which has that field too. No other index has
    agencies: with it, MongoDB would have to read every ticket.
    """
    if scope := scope_index(visible):
        return scope if selection.terms or len(visible.uids) <= MOST_MERGED else None
    values: dict[TicketsIndex, Sequence[str]] = {
        index_names.TOWN: selection.towns,
        index_names.PURPOSE: selection.purposes,
        index_names.PROVIDER: selection.providers,
    }
    others = [index for index, wanted in values.items() if wanted]
    if selection.terms:
        return None if others or selection.agencies else index_names.WORDS
    if selection.agencies:
        most = (MOST_MERGED, MOST_AGENCIES, 0)[min(len(others), 2)]
        return index_names.AGENCY if len(selection.agencies) <= most else None
    if len(others) == 1:
        return others[0] if len(values[others[0]]) <= MOST_MERGED else None
    if others:
        return None
    return index_names.STATUS if selection.status else index_names.NEWEST


def closings_index_for(selection: Selection, visible: Visible) -> TicketsIndex | None:
    """Return the index that has what is selected and `visible` by day of closing. None lets MongoDB choose.

    A limited scope uses its own index, as in `index_for`. Full text of a user who sees everything may do better with
    the index of words.
    """
    match visible.kind:
        case "patrimonies":
            return index_names.CLOSED_PATRIMONY
        case "agencies":
            return index_names.CLOSED_AGENCY
        case "everything":
            if selection.terms:
                return None
            return index_names.CLOSED_AGENCY if selection.agencies else index_names.CLOSED
