"""A fair turn on a ticket: one command at a time, with pauses for the other command services."""

import asyncio
from time import monotonic

COMMANDS_IN_A_ROW = 2
"""Commands on one ticket between two pauses, if no other service is known to want the ticket.

Each command costs a service that starts on this ticket about one of its retries.
"""
LONGEST_PAUSE = 0.5
"""The longest pause in seconds. A command that waited for an election does not predict how long the next one takes."""


class FairTurn(asyncio.Lock):
    """The lock that a command holds while it is handled; there is one for each ticket in use.

    A service with many waiting commands on a ticket wins every race for the next version: the losers must first read
    the new events. The pauses let the losers through.
    """

    def __init__(self) -> None:
        super().__init__()
        self.contended = False
        """Another service was seen to append to this ticket."""
        self._row = 0
        """Commands since the last pause."""
        self._took = 0.0
        """Seconds that these commands took together."""
        self._began = 0.0

    async def __aenter__(self) -> None:
        await super().__aenter__()
        try:
            if self._row >= (1 if self.contended else COMMANDS_IN_A_ROW):
                pause = min(self._took / self._row, LONGEST_PAUSE)  # as long as one command took
                self._row, self._took = 0, 0.0
                await asyncio.sleep(pause)
        except BaseException:
            self.release()
            raise
        self._row += 1
        self._began = monotonic()

    async def __aexit__(self, *failure: object) -> None:
        self._took += monotonic() - self._began
        self.release()
