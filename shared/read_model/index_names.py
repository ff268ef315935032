"""Names of the indexes of the read model. `shared.storage.schema` makes the indexes; queries name them as hints."""

from typing import Final, Literal, TypeAlias

NEWEST: Final = "newest"
STATUS: Final = "status"
AGENCY: Final = "agency"
PATRIMONY: Final = "patrimony"
TOWN: Final = "town"
PURPOSE: Final = "purpose"
PROVIDER: Final = "provider"
WORDS: Final = "words"

CLOSED: Final = "closed"
CLOSED_AGENCY: Final = "closed_agency"
CLOSED_PATRIMONY: Final = "closed_patrimony"
"""Closed tickets by the day of their closing: all of them, and those of each agency and patrimony."""

TICKET: Final = "ticket"
SENT: Final = "sent"
DATED: Final = "dated"
"""Late events by their second date."""
COMMENTARY: Final = "commentary"
PROCESS: Final = "process"

CELL: Final = "cell"
"""Counters by dimension, value and year."""

TicketsIndex: TypeAlias = Literal[
    "newest",
    "status",
    "agency",
    "patrimony",
    "town",
    "purpose",
    "provider",
    "words",
    "closed",
    "closed_agency",
    "closed_patrimony",
]
JournalIndex: TypeAlias = Literal[
    "ticket", "sent", "dated", "words", "agency", "patrimony", "commentary", "process", "provider"
]
StatsIndex: TypeAlias = Literal["cell", "agency"]
ScopeIndex: TypeAlias = Literal["agency", "patrimony"]
"""An index on both `tickets` and `journal` that keeps the documents of a scope together."""
