"""The command handler: loads the ticket's state, decides and appends the event; retries after a conflict."""

from collections.abc import Iterable
from functools import partial
from time import perf_counter
from typing import NamedTuple
from weakref import WeakValueDictionary

from services.command.event_store import ConflictError, EventStore, NewEvent, OverloadedError
from services.command.fair_turn import FairTurn
from services.command.state_cache import StateCache
from services.command.ticket.decide import Command, Context, decide
from services.command.ticket.decision_state import DecisionState, evolve
from services.command.ticket.refusals import TICKET_TOO_LARGE, Forbidden, Refusal
from shared.contract import OpenTicket, TicketEvent
from shared.contract.codec import dump, parse_event
from shared.process.offloading import offloaded
from shared.telemetry import COMMANDS_IN_HAND, DECISION_SECONDS
from shared.telemetry.traces import current

AT_ONCE = 2_000
"""Commands handled at the same time. A further command raises `OverloadedError` at once."""
RETRIES = 20
"""Further attempts of a command that lost the race for the next version of its ticket."""
LARGEST_TICKET = 4 * 1024 * 1024
"""Largest size in bytes of all events of one ticket together (contract 86)."""


class ContendedError(Exception):
    """Other services kept changing the ticket. The command may succeed if it is sent again later."""


class Accepted(NamedTuple):
    """An accepted command: its event is durable. `body` is the event's JSON, `version` the ticket's with this event."""

    ticket: str
    version: int
    event_type: str
    body: bytes


class CommandHandler:
    """Handles commands, one after the other for each ticket. Caches the states of recently used tickets."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._states = StateCache()
        self._turns: WeakValueDictionary[str, FairTurn] = WeakValueDictionary()
        self._in_hand = 0
        COMMANDS_IN_HAND.set_function(lambda: self._in_hand)

    async def handle(self, ticket: str, command: Command, context: Context) -> Accepted | Refusal | Forbidden:
        """Return the outcome of `command` on `ticket`.

        Waits as long as MongoDB is away; callers set the timeout. Raises `ContendedError` or `OverloadedError`.
        """
        if self._in_hand >= AT_ONCE:
            raise OverloadedError
        self._in_hand += 1
        turn = self._turns.setdefault(ticket, FairTurn())
        try:
            async with turn:
                return await self._handle(ticket, command, context)
        except BaseException:
            self._states.forget(ticket)
            raise
        finally:
            self._in_hand -= 1

    async def _handle(self, ticket: str, command: Command, context: Context) -> Accepted | Refusal | Forbidden:
        began = perf_counter()
        state, decision = await self._decided(ticket, command, context)
        DECISION_SECONDS.observe(perf_counter() - began)
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
    ) -> tuple[DecisionState, TicketEvent | Refusal | Forbidden]:
        assumed = self._states.get(ticket) or (DecisionState(ticket) if isinstance(command, OpenTicket) else None)
        state = assumed or await self._caught_up(DecisionState(ticket))
        decision = decide(command, state, context)
        if assumed and isinstance(decision, Refusal | Forbidden):
            # Clients take a refusal as final: it must follow from the latest state, not from a cached or assumed one.
            state = await self._caught_up(state)
            decision = decide(command, state, context)
        return state, decision

    async def _caught_up(self, state: DecisionState) -> DecisionState:
        bodies = [body for _, body in await self._store.read(state.uid, after=state.version)]
        state = await offloaded(sum(map(len, bodies)), partial(_evolved, state, bodies))
        if state.version:
            self._states.put(state)
        return state


def _evolved(state: DecisionState, bodies: Iterable[bytes]) -> DecisionState:
    for body in bodies:
        state = evolve(state, parse_event(body), len(body))
    return state


def _new(event: TicketEvent, state: DecisionState, context: Context, body: bytes) -> NewEvent:
    version, user = state.version + 1, context.actor.uid
    return NewEvent(state.uid, version, event.processUid, event.eventType, context.now, body, current(), user)
