"""A bounded cache of the states of the most recently used tickets."""

from services.command.ticket.decision_state import DecisionState
from shared.lru import LruCache

MOST_EVENTS = 400_000
"""Events of all kept tickets together, at some 150 bytes each. A ticket itself counts as one more event."""


class StateCache:
    """Keeps states by ticket."""

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self._kept: LruCache[str, DecisionState] = LruCache(size=most, size_of=lambda state: state.version + 1)

    def get(self, ticket: str) -> DecisionState | None:
        """Return the state of a ticket, or None if it is not kept."""
        return self._kept.use(ticket)

    def put(self, state: DecisionState) -> None:
        """Keep `state`. It replaces an earlier state of the same ticket."""
        self._kept.put(state.uid, state)

    def forget(self, ticket: str) -> None:
        """Drop the state of a ticket, if it is kept."""
        self._kept.pop(ticket)
