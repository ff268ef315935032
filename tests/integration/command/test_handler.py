"""Commands to several services on one database: no gap, no duplicate, no refusal from outdated memory."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.command.event_store import EventStore
from services.command.handler import Accepted, CommandHandler
from services.command.ticket.decide import Context
from services.command.ticket.refusals import ALREADY_SENT, Forbidden, Refusal
from shared.accounts.scopes import Scope
from shared.accounts.users import User
from shared.clock import utc_now
from shared.contract import parse_increment, parse_open_ticket
from shared.directory.entries import Agency, Directory, updated
from shared.mongo import Database
from tests.support.data.contract_examples import command

AGENCY = "5ced7e8e-3baa-1cb1-575d-b0e98cf21d5c"
DIRECTORY = updated(Directory(), [Agency(uid=AGENCY, label="North", accountUid=AGENCY)])
LOCATION = {"agencyUid": AGENCY, "locationReferenceType": "AgencyLocation"}


@pytest.fixture
async def services(db: Database) -> AsyncIterator[list[CommandHandler]]:
    """Run two command services that share only the database, as two processes do."""
    stores = [EventStore(db) for _ in range(2)]
    writing = [asyncio.create_task(store.write()) for store in stores]
    yield [CommandHandler(store) for store in stores]
    for task in writing:
        task.cancel()
    await asyncio.gather(*writing, return_exceptions=True)


async def send(service: CommandHandler, ticket: str, name: str, **changed: Any) -> Accepted | Refusal | Forbidden:
    context = Context(User(AGENCY, "operator", Scope("everything")), utc_now(), DIRECTORY)
    body = json.dumps(command(name, **({"processUid": str(uuid.uuid4())} | changed))).encode()
    parsed = parse_open_ticket(body) if name == "OpenTicket" else parse_increment(body)
    return await service.handle(ticket, parsed, context)


async def test_a_refusal_follows_from_the_latest_events(services: list[CommandHandler]) -> None:
    first, second = services
    ticket = str(uuid.uuid4())
    assert isinstance(await send(first, ticket, "OpenTicket", locationRef=LOCATION), Accepted)
    assert isinstance(await send(second, ticket, "AssignProvider"), Accepted)
    scheduled = await send(first, ticket, "ScheduleMission")
    assert isinstance(scheduled, Accepted)
    assert scheduled.version == 3


async def test_many_commands_on_one_ticket_through_two_services_leave_no_gap(
    services: list[CommandHandler], db: Database
) -> None:
    ticket = str(uuid.uuid4())
    await send(services[0], ticket, "OpenTicket", locationRef=LOCATION)
    outcomes = await asyncio.gather(*(send(services[0], ticket, "AddMessage") for _ in range(100)))
    outcomes += [await send(services[n % 2], ticket, "AddMessage") for n in range(20)]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    stored = await db.events.find({"ticket": ticket}).sort("version", 1).to_list(None)
    assert [event["version"] for event in stored] == list(range(1, 122))
    answered = {outcome.version: outcome.body for outcome in outcomes if isinstance(outcome, Accepted)}
    assert {event["version"]: event["body"] for event in stored[1:]} == answered


async def test_a_command_sent_eight_times_at_once_to_two_services_counts_once(
    services: list[CommandHandler], db: Database
) -> None:
    ticket, process = str(uuid.uuid4()), str(uuid.uuid4())
    await send(services[0], ticket, "OpenTicket", locationRef=LOCATION)
    outcomes = await asyncio.gather(
        *(send(services[n % 2], ticket, "AddMessage", processUid=process) for n in range(8))
    )
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 1
    assert [outcome for outcome in outcomes if not isinstance(outcome, Accepted)] == [ALREADY_SENT] * 7
    assert await db.events.count_documents({"ticket": ticket, "processUid": process}) == 1


async def test_a_ticket_accepts_no_event_beyond_four_mebibytes(services: list[CommandHandler]) -> None:
    ticket = str(uuid.uuid4())
    await send(services[0], ticket, "OpenTicket", locationRef=LOCATION)
    outcomes = [await send(services[0], ticket, "AddMessage", message="x" * 200_000) for _ in range(21)]
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True] * 20 + [False]
    assert isinstance(outcomes[-1], Refusal)
    assert outcomes[-1].error_type == "TicketGenericError"
    assert isinstance(await send(services[1], ticket, "AddMessage", message="short"), Accepted)
