"""The connections of a server: how many there are, which wait for their client, and for how long they may."""

import resource
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Protocol

from uvicorn.server import ServerState

from shared.telemetry import logger

MOST_CONNECTIONS = 1_000
"""Twice the requests that may wait for events in a gateway. With unfinished heads of 100 KB each they take 100 MB."""
MANY = 10
"""Divisor: an address that has more than this part of all connections may lose requests in work to other addresses."""

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Time limits of clients in seconds, and the number of connections."""

    begun_seconds: float = 10
    """Time from the connection, or from the first byte of a later request, to the end of the head."""
    rest_seconds: float = 15
    """Time for the rest of a request that was answered before it was complete. Bodies have as much."""
    idle_seconds: float = 75
    """Time between an answer and the next request."""
    unread_seconds: float = 30
    """Time in which a client may read nothing of an answer."""
    connections: int = MOST_CONNECTIONS
    """Most connections. A quarter of the files that the process may open is a second limit."""


class Connection(Protocol):
    """The part of a connection that `Connections` uses."""

    source: str
    """Key of the client's address, a result of `source_of`."""

    def expire(self) -> None:
        """End the connection: the client's time is over."""

    def abort(self) -> None:
        """End the connection at once, and drop unsent bytes."""


class ConnectionQueue(dict[Connection, float]):
    """Connections that wait for their client, each with the time it began to wait. The first has waited longest."""

    def expire(self, before: float) -> None:
        """End the connections that began to wait at `before` or earlier."""
        while self:
            first = next(iter(self))
            if self[first] > before:
                return
            first.expire()
            self.pop(first, None)


class Connections(ServerState):
    """All connections of one server. A connection whose complete request is in work is in no queue."""

    connections: set[Any]
    """`Any`, because uvicorn's type names its own classes."""

    def __init__(self, limits: ConnectionLimits) -> None:
        super().__init__()
        self.limits = limits
        self.begun = ConnectionQueue()
        """Connections that must send the rest of a head."""
        self.answered = ConnectionQueue()
        """Connections that must send the rest of a request that is answered already."""
        self.arriving = ConnectionQueue()
        """Connections that must send the rest of a request in work. Reading the body has its own time limit."""
        self.idle = ConnectionQueue()
        """Connections without a request."""
        self._most = min(limits.connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
        self._of_source: defaultdict[str, dict[Connection, None]] = defaultdict(dict)

    def expire(self, now: float) -> None:
        """End the connections whose client is too late. `now` is the event loop's time in seconds."""
        self.begun.expire(now - self.limits.begun_seconds)
        self.answered.expire(now - self.limits.rest_seconds)
        self.idle.expire(now - self.limits.idle_seconds)

    def admit(self, connection: Connection) -> bool:
        """Return whether `connection` is admitted. When there are too many, another one may be ended for it.

        The address with the most connections loses one, so that no address can block the others.
        """
        if len(self.connections) >= self._most:
            log.warning("connections_full", connections=self._most)
            victim = self._victim(connection.source)
            if victim is None:
                return False
            victim.abort()
        self.connections.add(connection)
        self._of_source[connection.source][connection] = None
        return True

    def forget(self, connection: Connection) -> None:
        """Remove `connection`, which has ended."""
        self.connections.discard(connection)
        own = self._of_source.get(connection.source, {})
        own.pop(connection, None)
        if not own:
            self._of_source.pop(connection.source, None)

    def _victim(self, source: str) -> Connection | None:
        """Return the connection to end for a new one of `source`, or None when the new one must be refused.

        First choice: a waiting connection of an address with the most connections. Second choice, if that address has
        many: one with a request in work. Third choice: a waiting connection of any address that has more than `source`.
        """
        own = self._count(source)
        largest = max(self._of_source.values(), key=len)
        most = len(largest)
        waiting = [each for queue in (self.begun, self.answered, self.arriving, self.idle) for each in queue]
        if of_largest := next((each for each in waiting if self._count(each.source) == most), None):
            return of_largest
        if most > max(own + 1, self._most // MANY):
            return next(iter(largest))
        return next((each for each in waiting if self._count(each.source) > own), None)

    def _count(self, source: str) -> int:
        return len(self._of_source.get(source, ()))
