"""Which index on `tickets` a selection is found along. Pure.

It is named in the query where one is known to be right: left to choose, MongoDB takes what does well for the first
hundred tickets, reading them or not, and goes on with it for other values.
"""

from services.gateway.filters import Filter, Selection

MOST_MERGED = 100
"""Values of a field whose tickets come out of its index merged, in the order of lists."""
MOST_AGENCIES = 20
"""Agencies whose keys are gone through for another filter: each may be a hundredth of all tickets."""


def index_for(selection: Selection, visible: Filter) -> str | None:
    """Name the index that has what is selected and `visible` in the order of lists; None leaves MongoDB the choice.

    Agencies beside one other field go along their own index, which holds that field too. No other index holds agencies:
    along it, every ticket would have to be read.
    """
    if "patrimony" in visible:
        return None
    values = {"town": selection.towns, "purpose": selection.purposes, "provider": selection.providers}
    others = [field for field, wanted in values.items() if wanted]
    if selection.terms:
        return None if others or selection.agencies or visible else "words"
    agencies = len(selection.agencies) + len(visible["agencies"]["$in"] if "agencies" in visible else ())
    if selection.agencies or "agencies" in visible:
        most = (MOST_MERGED, MOST_AGENCIES, 0)[min(len(others), 2)]
        return "agency" if agencies <= most else None
    if len(others) == 1:
        return others[0] if len(values[others[0]]) <= MOST_MERGED else None
    if others:
        return None
    return "status" if selection.status else "newest"
