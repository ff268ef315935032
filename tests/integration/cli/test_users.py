"""`ticketstream users`: import and add, with passwords that are never arguments."""

import asyncio
import json
import os
import pty
from asyncio.subprocess import PIPE
from typing import Any

import pytest

from shared.mongo import Database, Document
from shared.sessions import users_version
from shared.settings import EngineSettings
from shared.users import hash_password, password_matches
from tests.integration.cli.running import CommandLine, ended, living
from tests.support.directory import NORTH
from tests.support.views import until

KIM, JOE = "74aa4bf3-8fde-4985-b16e-e3ba2788868f", "f281d579-084e-95a1-8abb-582f2dcc2ed5"
ADD_KIM = ("users", "add", "kim", "--role", "operator", "--scope", f"agencies:{NORTH}")


def user(uid: str, login: str, **changed: Any) -> dict[str, Any]:
    return {"uid": uid, "login": login, "role": "reader", "scope": {"kind": "everything"}} | changed


def file(*entries: dict[str, Any]) -> bytes:
    return json.dumps(entries).encode()


async def kept(db: Database, login: str) -> Document:
    found = await db.users.find_one({"login": login})
    assert found is not None
    return found


async def test_what_is_imported_is_kept_and_importing_it_again_changes_nothing(
    ticketstream: CommandLine, db: Database
) -> None:
    content = file(user(KIM, "kim", password="correct horse"), user(JOE, "joe"))
    (ticketstream.folder / "users.json").write_bytes(content)
    first = await ticketstream("users", "import", "users.json")
    assert (first.code, first.out, first.err) == (0, "2 entries changed\n", "")
    kim = await kept(db, "kim")
    assert password_matches("correct horse", kim["passwordHash"])
    assert kim["_id"] == KIM
    assert "passwordHash" not in await kept(db, "joe")
    version = await users_version(db)
    again = await ticketstream("users", "import", "-", stdin=content)
    assert (again.code, again.out, again.err) == (0, "nothing changed\n", "")
    assert await users_version(db) == version
    assert await kept(db, "kim") == kim


async def test_a_change_keeps_the_password_and_a_removal_ends_the_sessions(
    ticketstream: CommandLine, db: Database
) -> None:
    hashed = hash_password("correct horse")
    present = [{"_id": KIM, "login": "kim", "passwordHash": hashed}, {"_id": JOE, "login": "joe"}]
    await db.users.insert_many([{"role": "reader", "scope": {"kind": "everything"}} | one for one in present])
    await db.sessions.insert_many([{"_id": "1", "user": KIM}, {"_id": "2", "user": JOE}])
    changed = file(user(KIM, "kim", role="operator"), {"login": "joe", "removed": True})
    outcome = await ticketstream("users", "import", "-", stdin=changed)
    assert (outcome.code, outcome.out, outcome.err) == (0, "2 entries changed\n", "")
    kim = await kept(db, "kim")
    assert kim["role"] == "operator"
    assert kim["passwordHash"] == hashed
    assert await db.users.count_documents({}) == 1
    assert [session["user"] for session in await db.sessions.find().to_list(None)] == [KIM]


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        (
            [user(KIM, "kim"), user(JOE, "joe", role="admin")],
            "users[1] (joe): role: Input should be 'operator' or 'reader'.",
        ),
        ([user(KIM, "kim"), user(JOE, "joe2")], f"joe2: uid: {JOE} belongs to the user joe."),
    ],
)
async def test_an_entry_that_is_wrong_is_named_and_nothing_is_imported(
    ticketstream: CommandLine, db: Database, entries: list[dict[str, Any]], complaint: str
) -> None:
    await db.users.insert_one({"_id": JOE, "login": "joe", "role": "reader", "scope": {"kind": "everything"}})
    outcome = await ticketstream("users", "import", "-", stdin=file(*entries))
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"{complaint}\n")
    assert [one["login"] for one in await db.users.find().to_list(None)] == ["joe"]
    assert await users_version(db) == 0


async def test_a_user_is_added_with_the_password_from_standard_input(ticketstream: CommandLine, db: Database) -> None:
    outcome = await ticketstream(*ADD_KIM, stdin=b"correct horse\r\nignored\n")
    assert (outcome.code, outcome.out, outcome.err) == (0, "kim added\n", "")
    kim = await kept(db, "kim")
    assert (kim["role"], kim["scope"]) == ("operator", {"kind": "agencies", "uids": [NORTH]})
    assert password_matches("correct horse", kim["passwordHash"])
    same = await ticketstream(*ADD_KIM, "--uid", kim["_id"], stdin=b"correct horse\n")
    assert (same.code, same.out, same.err) == (0, "nothing changed\n", "")
    other = await ticketstream(*ADD_KIM[:-1], "everything", stdin=b"correct horse\n")
    assert (other.code, other.out) == (1, "")
    assert other.err == "There is another user kim; change it with `ticketstream users import`.\n"
    assert await kept(db, "kim") == kim


async def test_no_user_is_added_without_a_password(ticketstream: CommandLine, db: Database) -> None:
    outcome = await ticketstream(*ADD_KIM, stdin=b"\n")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "There is no password on standard input; give it as one line.\n"
    assert await db.users.count_documents({}) == 0


async def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    ticketstream: CommandLine, db: Database
) -> None:
    terminal, inside = pty.openpty()
    process = await ticketstream.start(*ADD_KIM, stdin=inside, stdout=inside, stderr=inside, start_new_session=True)
    os.close(inside)
    shown = await shown_until(terminal, "Password: ")
    os.write(terminal, b"correct horse\n")
    shown += await shown_until(terminal, "confirmation: ")
    os.write(terminal, b"correct horse\n")
    shown += await shown_until(terminal, "kim added")
    assert await asyncio.wait_for(process.wait(), 30) == 0
    os.close(terminal)
    assert "horse" not in shown
    assert password_matches("correct horse", (await kept(db, "kim"))["passwordHash"])


async def shown_until(terminal: int, text: str) -> str:
    shown = ""
    async with asyncio.timeout(30):
        while text not in shown:
            shown += (await asyncio.to_thread(os.read, terminal, 1_000)).decode()
    return shown


async def test_it_returns_when_every_living_service_that_knows_users_knows_this_one(
    ticketstream: CommandLine, settings: EngineSettings, db: Database
) -> None:
    async with (
        living(db, settings, "gateway", "gateway", usersVersion=0) as gateway,
        living(db, settings, "projector", "projector-1"),
    ):
        adding = asyncio.create_task(ended(await ticketstream.start(*ADD_KIM, stderr=PIPE), b"correct horse\n"))

        async def is_kept() -> bool:
            return await users_version(db) == 1

        await until(is_kept)
        done, _ = await asyncio.wait([adding], timeout=1)
        assert not done
        gateway.says(usersVersion=1)
        outcome = await adding
    assert (outcome.code, outcome.out, outcome.err) == (0, "kim added\n", "")


async def test_revoking_ends_the_sessions_of_that_user_alone(ticketstream: CommandLine, db: Database) -> None:
    everything = {"role": "reader", "scope": {"kind": "everything"}}
    await db.users.insert_many([{"_id": KIM, "login": "kim"} | everything, {"_id": JOE, "login": "joe"} | everything])
    await db.sessions.insert_many([{"_id": "1", "user": KIM}, {"_id": "2", "user": JOE}, {"_id": "3", "user": KIM}])
    outcome = await ticketstream("users", "revoke", "kim")
    assert (outcome.code, outcome.out, outcome.err) == (0, "2 sessions ended\n", "")
    assert [session["user"] for session in await db.sessions.find().to_list(None)] == [JOE]
    assert await users_version(db) == 1
    again = await ticketstream("users", "revoke", "kim")
    assert (again.code, again.out) == (0, "no session was open\n")
    unknown = await ticketstream("users", "revoke", "ann")
    assert (unknown.code, unknown.out, unknown.err) == (1, "", "There is no user ann.\n")
