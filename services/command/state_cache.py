"""The folded states of the tickets used last, within a bound."""

from collections import OrderedDict

from services.command.ticket.state import TicketState

MOST_EVENTS = 400_000
"""Events of all kept tickets together, at some 150 bytes each; a ticket counts as one more than it has."""


class StateCache:
    """Keeps states by ticket; those not used for the longest time go first."""

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self._most = most
        self._kept: OrderedDict[str, TicketState] = OrderedDict()
        self._size = 0

    def get(self, ticket: str) -> TicketState | None:
        """Give the state as it was put last."""
        state = self._kept.get(ticket)
        if state is not None:
            self._kept.move_to_end(ticket)
        return state

    def put(self, state: TicketState) -> None:
        """Keep `state` in place of an earlier one of the same ticket."""
        self.forget(state.uid)
        self._kept[state.uid] = state
        self._size += state.version + 1
        while self._size > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.version + 1

    def forget(self, ticket: str) -> None:
        """Drop the state of a ticket, if it is kept."""
        dropped = self._kept.pop(ticket, None)
        if dropped is not None:
            self._size -= dropped.version + 1
