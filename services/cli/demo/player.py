"""Plays the story: sends each command, checks its answer, and waits until the view shows its event."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from time import perf_counter
from typing import Any
from uuid import uuid4

from services.cli.demo.client import Answer, Client
from services.cli.demo.demo_error import DemoError
from services.cli.demo.story import Played, Step, body
from shared.contract import DetailedTicketView, TicketEvent, TicketEventError, TicketEventResultView

VISIBLE_WITHIN = 20.0
LOOK_EVERY = 0.002
"""Seconds from one answer of the view to the next request."""


class Player:
    """Plays the steps of one ticket's story in order."""

    def __init__(self, client: Client, opened: datetime) -> None:
        self._client = client
        self._opened = opened
        self._sent: Mapping[str, Any] = {}
        self.ticket = ""
        """Uid of the ticket, once it is open."""
        self.events: list[TicketEvent] = []
        """The events answered so far."""

    async def play(self, step: Step) -> Played:
        """Play one step; raises `DemoError` when its outcome differs, or its event is not shown in time."""
        if not step.again:
            self._sent = body(step, self._opened, str(uuid4()))
        answer = await self._client.send(self._sent, self.ticket or None)
        answered = perf_counter()
        if step.refused:
            check_refusal(step, answer)
            return Played(step, answer.status)
        event = accepted_event(step, answer)
        self.ticket = event.aggregateUid
        self.events.append(event)
        await self._shown(step)
        return Played(step, answer.status, (perf_counter() - answered) * 1_000)

    async def _shown(self, step: Step) -> None:
        try:
            async with asyncio.timeout(VISIBLE_WITHIN):
                while not shows(await self._client.ticket(self.ticket), len(self.events)):
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError as late:
            raise DemoError(f"{step.outcome} was not in the view within {VISIBLE_WITHIN:g} s") from late


def shows(detail: DetailedTicketView | None, events: int) -> bool:
    """Return whether the view has this number of events; the journal lists all events except the opening."""
    return detail is not None and sum(len(day.events) for day in detail.journal) >= events - 1


def accepted_event(step: Step, answer: Answer) -> TicketEvent:
    """Return the event in the answer to a command; raises `DemoError` when it is not the step's outcome."""
    answer.expect(HTTPStatus.CREATED if step.command == "OpenTicket" else HTTPStatus.OK)
    event = answer.read(TicketEventResultView).events[0]
    if event.eventType != step.outcome:
        raise DemoError(f"{answer.request} was answered with {event.eventType}, not with {step.outcome}")
    return event


def check_refusal(step: Step, answer: Answer) -> None:
    """Raise `DemoError` unless a command was refused with the step's outcome."""
    refusal = answer.expect(HTTPStatus.BAD_REQUEST).read(TicketEventError)
    if refusal.errorType != step.outcome:
        raise DemoError(f"{answer.request} was refused with {refusal.errorType}, not with {step.outcome}")
