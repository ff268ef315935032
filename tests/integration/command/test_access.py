"""Permissions: roles and scopes by session, with the directory as it is now (contract `setup.yaml`)."""

import json
from typing import Any

import pytest

from services.cli.imports.apply import import_users, revoke_sessions
from services.cli.imports.users_file import read_users
from shared.accounts.session_cookie import COOKIE
from shared.accounts.sessions import Sessions
from shared.clock import utc_now
from shared.directory.entries import Agency, Entry, Patrimony
from tests.integration.command.command_platform import OPEN, Services, error_of, fresh, put, user_uid, written
from tests.support.data.directory import ACCOUNT, NORTH, PARK, SOUTH, publish_directory
from tests.support.data.tickets import AT_NORTH
from tests.support.expected.views import until


def at(agency: str) -> dict[str, str]:
    return {"agencyUid": agency, "locationReferenceType": "AgencyLocation"}


def inside(patrimony: str) -> dict[str, str]:
    return {"patrimonyUid": patrimony, "locationReferenceType": "PatrimonyLocation"}


MAY = {
    "all": (True, True, True),
    "north": (True, False, True),
    "south": (False, True, True),
    "account": (True, False, True),
    "park": (False, False, True),
    "nothing": (False, False, False),
    "reader": (False, False, False),
}


@pytest.mark.parametrize("login", MAY)
async def test_a_user_opens_and_changes_only_tickets_inside_the_scope(commands: Services, login: str) -> None:
    for location, may in zip((at(NORTH), at(SOUTH), inside(PARK)), MAY[login], strict=True):
        opening = await commands.send(written("OpenTicket", locationRef=location), login=login)
        ticket = await commands.opened(locationRef=location)
        increment = await commands.send(written("AddMessage"), ticket, login, to=1)
        assert (opening.status, increment.status) == ((201, 200) if may else (403, 403))


@pytest.mark.parametrize(
    ("login", "to", "may"), [("north", SOUTH, False), ("north", NORTH, True), ("all", SOUTH, True)]
)
async def test_a_ticket_is_moved_within_the_scope_alone(commands: Services, login: str, to: str, may: bool) -> None:
    ticket = await commands.opened(locationRef=at(NORTH))
    moved = await commands.send(written("UpdateTicket", locationRef=at(to)), ticket, login)
    assert moved.status == (200 if may else 403)


async def test_a_ticket_that_was_moved_away_is_out_of_scope_at_every_service(commands: Services) -> None:
    ticket = await commands.opened(locationRef=at(NORTH))
    for to in (0, 1):
        assert (await commands.send(written("AddMessage"), ticket, "north", to=to)).status == 200
    assert (await commands.send(written("UpdateTicket", locationRef=at(SOUTH)), ticket)).status == 200
    for to in (0, 1):
        assert (await commands.send(written("AddMessage"), ticket, "south", to=to)).status == 200
        assert (await commands.send(written("AddMessage"), ticket, "north", to=to)).status == 403


async def test_a_forbidden_command_reveals_nothing_about_the_ticket(commands: Services) -> None:
    (opened,) = await put(commands.db, ("TicketOpened", {"locationRef": AT_NORTH}))
    again = written("AddMessage", processUid=opened.fields["processUid"])
    outside = await commands.send(again, opened.ticket, "south")
    assert (outside.status, outside.headers["Ticketstream-Reason"]) == (403, "scope")
    for ticket in (opened.ticket, fresh()):
        of_reader = await commands.send(written("AddMessage"), ticket, "reader")
        assert (of_reader.status, of_reader.headers["Ticketstream-Reason"]) == (403, "role")
    unknown = await commands.send(written("AddMessage"), fresh(), "south")
    assert error_of(unknown) == "ImpossibleToPerfomCommandOnNonExistingTicket"


async def opens(commands: Services, location: dict[str, str], status: int, login: str = "all") -> None:
    """Wait until both services answer an opening at `location` with `status`."""

    async def both() -> bool:
        opening = written("OpenTicket", locationRef=location)
        answers = [await commands.send(opening | {"processUid": fresh()}, login=login, to=to) for to in (0, 1)]
        assert all(answer.status in (201, 400, 403) for answer in answers)
        return all(answer.status == status for answer in answers)

    await until(both)


async def test_the_directory_is_followed_while_the_services_run(commands: Services) -> None:
    """An agency and a patrimony are added, change owners, and are deleted; their tickets stay as they are."""
    agency, patrimony = fresh(), fresh()

    async def publish(*entries: Entry) -> None:
        await publish_directory(commands.settings, entries)

    await opens(commands, at(agency), 400)
    await publish(Agency(uid=agency, label="New", accountUid=fresh()))
    await opens(commands, at(agency), 201)
    await opens(commands, at(agency), 403, "account")
    await publish(Agency(uid=agency, label="New", accountUid=ACCOUNT))
    await opens(commands, at(agency), 201, "account")

    await opens(commands, inside(patrimony), 400)
    await publish(Patrimony(uid=patrimony, ref="N1", agencyUids=(SOUTH,)))
    await opens(commands, inside(patrimony), 403, "north")
    await publish(Patrimony(uid=patrimony, ref="N1", agencyUids=(SOUTH, NORTH)))
    await opens(commands, inside(patrimony), 201, "north")

    at_agency = await commands.opened(locationRef=at(agency))
    at_patrimony = await commands.opened(locationRef=inside(patrimony))
    await publish(
        Agency(uid=agency, label="New", accountUid=ACCOUNT, removed=True),
        Patrimony(uid=patrimony, ref="N1", agencyUids=(SOUTH, NORTH), removed=True),
    )
    await opens(commands, at(agency), 400)
    await opens(commands, inside(patrimony), 400)
    assert (await commands.send(written("AddMessage"), at_agency, "account")).status == 200
    assert (await commands.send(written("AddMessage"), at_patrimony, "north")).status == 200
    refused = await commands.send(written("UpdateTicket", locationRef=at(agency)), at_patrimony)
    assert error_of(refused) == "TicketGenericError"


async def imported(commands: Services, login: str, **entry: Any) -> None:
    """Import one user as the command line does: it returns when every service applies the change."""
    whole = {"uid": user_uid(login), "login": login} | entry
    await import_users(commands.settings, read_users(json.dumps([whole]).encode()))


async def test_a_changed_user_is_in_force_when_the_import_returns(commands: Services) -> None:
    ticket = await commands.opened(locationRef=at(NORTH))
    sessions, everything = Sessions(commands.db), {"kind": "everything"}

    async def answered() -> list[int]:
        return [(await commands.send(written("AddMessage"), ticket, "clara", to=to)).status for to in (0, 1)]

    await imported(commands, "clara", role="operator", scope=everything, password="correct horse")
    commands.cookies["clara"] = f"{COOKIE}={await sessions.log_in('clara', 'correct horse', utc_now())}"
    assert await answered() == [200, 200]
    await imported(commands, "clara", role="reader", scope=everything)
    assert await answered() == [403, 403]
    await imported(commands, "clara", role="operator", scope={"kind": "agencies", "uids": [SOUTH]})
    assert await answered() == [403, 403]
    await imported(commands, "clara", role="operator", scope={"kind": "agencies", "uids": [NORTH]})
    assert await answered() == [200, 200]
    await imported(commands, "clara", removed=True)
    assert await answered() == [401, 401]


async def test_a_new_password_ends_the_open_sessions_at_every_service(commands: Services) -> None:
    ticket = await commands.opened(locationRef=at(NORTH))
    sessions, entry = Sessions(commands.db), {"role": "operator", "scope": {"kind": "everything"}}

    async def answered() -> list[int]:
        return [(await commands.send(written("AddMessage"), ticket, "dora", to=to)).status for to in (0, 1)]

    await imported(commands, "dora", password="the first one", **entry)
    commands.cookies["dora"] = f"{COOKIE}={await sessions.log_in('dora', 'the first one', utc_now())}"
    await imported(commands, "dora", password="the first one", **entry)
    assert await answered() == [200, 200]
    await imported(commands, "dora", password="the second one", **entry)
    assert await answered() == [401, 401]
    assert await sessions.log_in("dora", "the first one", utc_now()) is None
    commands.cookies["dora"] = f"{COOKIE}={await sessions.log_in('dora', 'the second one', utc_now())}"
    assert await answered() == [200, 200]


async def test_revoked_sessions_have_ended_at_every_service_when_the_command_returns(commands: Services) -> None:
    ticket = await commands.opened(locationRef=at(NORTH))
    await imported(commands, "erik", role="operator", scope={"kind": "everything"}, password="correct horse")
    commands.cookies["erik"] = f"{COOKIE}={await Sessions(commands.db).log_in('erik', 'correct horse', utc_now())}"
    answers = [(await commands.send(written("AddMessage"), ticket, "erik", to=to)).status for to in (0, 1)]
    assert answers == [200, 200]
    assert await revoke_sessions(commands.settings, "erik") == 1
    answers = [(await commands.send(written("AddMessage"), ticket, "erik", to=to)).status for to in (0, 1)]
    assert answers == [401, 401]


async def test_a_session_that_was_deleted_ends_within_seconds(commands: Services) -> None:
    ticket = await commands.opened(locationRef=at(NORTH))
    token = await Sessions(commands.db).log_in("all", "correct horse", utc_now())
    commands.cookies["leaving"] = f"{COOKIE}={token}"
    assert (await commands.send(written("AddMessage"), ticket, "leaving")).status == 200
    newest = await commands.db.sessions.find_one(sort=[("created", -1)])
    assert newest is not None
    await commands.db.sessions.delete_one({"_id": newest["_id"]})

    async def gone() -> bool:
        return (await commands.send(written("AddMessage"), ticket, "leaving")).status == 401

    await until(gone)


async def test_a_page_on_another_port_changes_nothing_at_a_command_service_either(commands: Services) -> None:
    """A browser sends the cookie to every port of a host."""
    opening = json.dumps(written("OpenTicket"))
    for headers in ({"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "same-site"}):
        answer = await commands.ask("POST", OPEN, data=opening, headers=headers)
        assert (answer.status, error_of(answer)) == (403, "Forbidden")
        assert answer.headers["Ticketstream-Reason"] == "other-site"
    assert (await commands.ask("POST", OPEN, data=opening)).status == 201


async def test_any_session_that_is_alive_counts(commands: Services) -> None:
    stale = [f"{COOKIE}=stale{number}" for number in range(1_500)]
    alive = commands.cookies["all"]
    for cookies, status in (([*stale[:6], alive], 201), ([*stale, alive], 201), (stale, 401)):
        headers = {"Cookie": ";".join(cookies)}
        answer = await commands.ask("POST", OPEN, None, data=json.dumps(written("OpenTicket")), headers=headers)
        assert answer.status == status
