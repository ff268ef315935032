"""One command from state to durable event: load, decide, append; again when someone else was faster."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from weakref import WeakValueDictionary

from services.command.event_store import ConflictError, EventStore, NewEvent, OverloadedError
from services.command.state_cache import StateCache
from services.command.ticket.decide import Command, Context, decide
from services.command.ticket.refusals import TICKET_TOO_LARGE, Forbidden, Refusal
from services.command.ticket.state import TicketState, evolve
from shared.contract import OpenTicket, TicketEvent
from shared.contract.codec import dump, parse_event
from shared.telemetry import COMMANDS_IN_HAND, DECISION_SECONDS
from shared.telemetry.traces import current

AT_ONCE = 2_000
"""Most commands in hand; beyond it, callers are turned away at once."""
RETRIES = 5
ROW = 2
"""Commands on one ticket in a row before other services get a chance, while none is known to want it.

Each costs a service that comes to the ticket about one of its retries.
"""
LONGEST_PAUSE = 0.5
"""Seconds that others get at most: a command that waited for an election tells nothing of how long the next takes."""
LARGEST_TICKET = 4 * 1024 * 1024
"""Bytes that the events of one ticket may take together (contract README, 86)."""


class ContendedError(Exception):
    """Other services kept changing the ticket; sending the command again later may succeed."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that became durable: the event's JSON, and the ticket's version with it."""

    ticket: str
    version: int
    event_type: str
    body: bytes


class _Turns(asyncio.Lock):
    """Lets commands on one ticket in one after the other, with pauses in which other services get through.

    A service with a long row of commands on a ticket wins every race for its next version: others have to read first
    what they lost against.
    """

    def __init__(self) -> None:
        super().__init__()
        self.contended = False
        """Another service was seen to append to this ticket."""
        self._row = 0
        self._took = 0.0
        self._began = 0.0

    async def __aenter__(self) -> None:
        await super().__aenter__()
        try:
            if self._row >= (1 if self.contended else ROW):
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


class CommandHandler:
    """Handles commands, those on one ticket one after the other; keeps the latest tickets' states in memory."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._states = StateCache()
        self._turns: WeakValueDictionary[str, _Turns] = WeakValueDictionary()
        self._in_hand = 0

    async def handle(self, ticket: str, command: Command, context: Context) -> Accepted | Refusal | Forbidden:
        """Answer `command` on `ticket`; raises `ContendedError` or `OverloadedError`. The caller bounds the wait."""
        if self._in_hand >= AT_ONCE:
            raise OverloadedError
        self._in_hand += 1
        COMMANDS_IN_HAND.set(self._in_hand)
        turns = self._turns.setdefault(ticket, _Turns())
        try:
            async with turns:
                return await self._handle(ticket, command, context)
        except BaseException:
            self._states.forget(ticket)
            raise
        finally:
            self._in_hand -= 1
            COMMANDS_IN_HAND.set(self._in_hand)

    async def _handle(self, ticket: str, command: Command, context: Context) -> Accepted | Refusal | Forbidden:
        with DECISION_SECONDS.time():
            state, decision = await self._decided(ticket, command, context)
        for _ in range(1 + RETRIES):
            if isinstance(decision, Refusal | Forbidden):
                return decision
            body = dump(decision)
            if state.size + len(body) > LARGEST_TICKET:
                return TICKET_TOO_LARGE
            try:
                await self._store.append(_new(decision, state, context, body))
            except ConflictError:
                self._turns[ticket].contended = True
                state = await self._caught_up(state)
                decision = decide(command, state, context)
                continue
            self._states.put(evolve(state, decision, len(body)))
            return Accepted(ticket, state.version + 1, decision.eventType, body)
        raise ContendedError

    async def _decided(
        self, ticket: str, command: Command, context: Context
    ) -> tuple[TicketState, TicketEvent | Refusal | Forbidden]:
        assumed = self._states.get(ticket) or (TicketState(ticket) if isinstance(command, OpenTicket) else None)
        state = assumed or await self._caught_up(TicketState(ticket))
        decision = decide(command, state, context)
        if assumed and isinstance(decision, Refusal | Forbidden):
            # A refusal is final for the client: it must not rest on a state that another service has moved on from.
            state = await self._caught_up(state)
            decision = decide(command, state, context)
        return state, decision

    async def _caught_up(self, state: TicketState) -> TicketState:
        for _, body in await self._store.read(state.uid, after=state.version):
            state = evolve(state, parse_event(body), len(body))
        if state.version:
            self._states.put(state)
        return state


def _new(event: TicketEvent, state: TicketState, context: Context, body: bytes) -> NewEvent:
    return NewEvent(state.uid, state.version + 1, event.processUid, event.eventType, context.now, body, current())
