"""`ticketstream users`: import and add; passwords are never arguments."""

import asyncio
import json
import os
import pty
from asyncio.subprocess import PIPE
from typing import Any

import pytest

from services.cli.imports.entry_files import LONGEST
from shared.accounts.sessions import users_version
from shared.accounts.users import hash_password, password_matches
from shared.mongo import Database, Document
from shared.process.settings import EngineSettings
from tests.integration.cli.cli_platform import CommandLine, ended, living
from tests.support.data.directory import ACCOUNT, NORTH, PARK, publish_directory
from tests.support.expected.views import until

KIM, JOE = "74aa4bf3-8fde-4985-b16e-e3ba2788868f", "f281d579-084e-95a1-8abb-582f2dcc2ed5"
ADD_KIM = ("users", "add", "kim", "--role", "operator", "--scope", f"agencies:{NORTH}")


NO_AGENCIES = (
    "The directory has no agencies, so no scope can name agencies or patrimonies; import the directory first, with "
    "`ticketstream directory import`.\n"
)


@pytest.fixture
async def directory(settings: EngineSettings) -> None:
    """Publish a directory with the agency and the patrimony of scopes."""
    await publish_directory(settings)


def user(uid: str, login: str, **changed: Any) -> dict[str, Any]:
    return {"uid": uid, "login": login, "role": "reader", "scope": {"kind": "everything"}} | changed


def file(*entries: dict[str, Any]) -> bytes:
    return json.dumps(entries).encode()


async def kept(db: Database, login: str) -> Document:
    found = await db.users.find_one({"login": login})
    assert found is not None
    return found


async def test_imported_users_are_stored_and_a_second_import_changes_nothing(
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


async def test_a_dry_run_counts_and_changes_nothing(ticketstream: CommandLine, db: Database) -> None:
    await ticketstream("users", "import", "-", stdin=file(user(KIM, "kim", password="correct horse"), user(JOE, "joe")))
    before, version = await db.users.find().to_list(None), await users_version(db)
    other = file(
        user(KIM, "kim", password="correct horse"),
        {"login": "joe", "removed": True},
        user(NORTH, "ann", password="another horse"),
    )
    outcome = await ticketstream("users", "import", "--dry-run", "-", stdin=other)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "users: 1 added, 1 removed, 1 unchanged\ndry run: nothing changed\n"
    assert await db.users.find().to_list(None) == before
    assert await users_version(db) == version


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
            "users[1] (joe): role: must be 'operator' or 'reader'.",
        ),
        ([user(KIM, "kim"), user(JOE, "joe2")], f"joe2: uid: {JOE} belongs to the user joe."),
        (
            [user(KIM, "kim"), {"uid": JOE.upper(), "login": "Joe", "removed": True}],
            f"Joe: uid: {JOE} belongs to the user joe.",
        ),
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


async def test_unknown_users_to_remove_are_named_and_a_second_import_changes_nothing(
    ticketstream: CommandLine, db: Database
) -> None:
    await ticketstream("users", "import", "-", stdin=file(user(JOE, "joe")))
    content = file({"login": "joe", "removed": True}, {"uid": KIM, "login": "\x1b[2Jkim", "removed": True})
    counted = await ticketstream("users", "import", "-", "--dry-run", stdin=content)
    assert (counted.code, counted.err) == (0, "users to remove that are not there: ?[2Jkim\n")
    assert counted.out == "users: 1 not there, 1 removed\ndry run: nothing changed\n"
    first = await ticketstream("users", "import", "-", stdin=content)
    assert (first.code, first.out) == (0, "1 entry changed\n")
    assert first.err == "users to remove that are not there: ?[2Jkim\n"
    again = await ticketstream("users", "import", "-", stdin=content)
    assert (again.code, again.out) == (0, "nothing changed\n")
    assert again.err == "users to remove that are not there: joe, ?[2Jkim\n"
    assert await db.users.count_documents({}) == 0


async def test_a_user_gets_another_login_with_a_file_that_may_be_imported_twice(
    ticketstream: CommandLine, db: Database
) -> None:
    await ticketstream("users", "import", "-", stdin=file(user(JOE, "joe")))
    renamed = file(user(JOE, "joe", removed=True), user(JOE, "joe2"))
    first = await ticketstream("users", "import", "-", stdin=renamed)
    assert (first.code, first.out, first.err) == (0, "2 entries changed\n", "")
    again = await ticketstream("users", "import", "-", stdin=renamed)
    assert (again.code, again.out) == (0, "nothing changed\n")
    assert again.err == "users to remove that are not there: joe\n"
    assert [one["login"] for one in await db.users.find().to_list(None)] == ["joe2"]


async def test_logins_are_printed_short_and_without_control_characters(ticketstream: CommandLine, db: Database) -> None:
    """The message about a uid of another user quotes both logins."""
    login, shown = "\x1b[2J" + "x" * 100_000, f"?[2J{'x' * (LONGEST - 4)}…"
    await db.users.insert_one({"_id": JOE, "login": login, "role": "reader", "scope": {"kind": "everything"}})
    outcome = await ticketstream("users", "import", "-", stdin=file(user(JOE, f"{login}y")))
    assert (outcome.code, outcome.err) == (1, f"{shown}: uid: {JOE} belongs to the user {shown}.\n")


@pytest.mark.usefixtures("directory")
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
    assert outcome.err == "Standard input has no password; give it as one line.\n"
    assert await db.users.count_documents({}) == 0


@pytest.mark.usefixtures("directory")
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


@pytest.mark.usefixtures("directory")
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


async def test_revoking_ends_only_the_sessions_of_that_user(ticketstream: CommandLine, db: Database) -> None:
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


async def test_the_list_shows_users_without_hashes_and_can_be_imported(ticketstream: CommandLine, db: Database) -> None:
    empty = await ticketstream("users", "list")
    assert (empty.code, empty.out) == (0, "login  role  scope\n")
    kept_hash = hash_password("correct horse")
    scope = {"kind": "accounts", "uids": [NORTH, ACCOUNT]}
    await db.users.insert_many(
        [
            {"_id": KIM, "login": "kim\x1b", "role": "operator", "scope": scope, "passwordHash": kept_hash},
            {"_id": JOE, "login": "joe", "role": "reader", "scope": {"kind": "everything"}},
        ]
    )
    before = await db.users.find().sort("_id", 1).to_list(None)
    human = await ticketstream("users", "list")
    assert (human.code, human.err) == (0, "")
    assert human.out.splitlines() == [
        "login  role      scope",
        "joe    reader    everything (no password: cannot log in)",
        f"kim?   operator  accounts:{NORTH},{ACCOUNT}",
    ]
    machine = await ticketstream("users", "list", "--json")
    assert "argon2" not in human.out + machine.out
    again = await ticketstream("users", "import", "-", stdin=machine.out.encode())
    assert (again.code, again.out) == (0, "nothing changed\n")
    assert await db.users.find().sort("_id", 1).to_list(None) == before


async def test_another_password_ends_the_sessions(ticketstream: CommandLine, db: Database) -> None:
    scope = {"kind": "agencies", "uids": [NORTH]}  # of no directory: it is not checked unless it changes
    kim = {"_id": KIM, "login": "kim", "role": "reader", "scope": scope}
    await db.users.insert_one(kim | {"passwordHash": hash_password("correct horse")})
    await db.sessions.insert_many([{"_id": "1", "user": KIM}, {"_id": "2", "user": JOE}])
    same = await ticketstream("users", "password", "kim", stdin=b"correct horse\n")
    assert (same.code, same.out, same.err) == (0, "nothing changed\n", "")
    short = await ticketstream("users", "password", "kim", stdin=b"eleven char\n")
    assert (short.code, short.err) == (1, "kim: password: must have at least 12 characters.\n")
    assert await db.sessions.count_documents({}) == 2
    outcome = await ticketstream("users", "password", "kim", stdin=b"another horse\n")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "password of kim changed; open sessions end within five seconds\n"
    after = await kept(db, "kim")
    assert password_matches("another horse", after.pop("passwordHash"))
    assert after == kim
    assert [session["user"] for session in await db.sessions.find().to_list(None)] == [JOE]
    unknown = await ticketstream("users", "password", "ann", stdin=b"another horse\n")
    assert (unknown.code, unknown.out, unknown.err) == (1, "", "There is no user ann.\n")


async def test_a_removed_user_has_no_session(ticketstream: CommandLine, db: Database) -> None:
    await db.users.insert_one({"_id": KIM, "login": "kim", "role": "reader", "scope": {"kind": "everything"}})
    await db.sessions.insert_many([{"_id": "1", "user": KIM}, {"_id": "2", "user": JOE}])
    outcome = await ticketstream("users", "remove", "kim")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "kim removed; open sessions end within five seconds\n"
    assert await db.users.count_documents({}) == 0
    assert [session["user"] for session in await db.sessions.find().to_list(None)] == [JOE]
    assert await users_version(db) == 1
    again = await ticketstream("users", "remove", "kim")
    assert (again.code, again.out, again.err) == (1, "", "There is no user kim.\n")


async def test_short_passwords_are_refused(ticketstream: CommandLine, db: Database) -> None:
    added = await ticketstream(*ADD_KIM[:-1], "everything", stdin=b"eleven char\n")
    assert (added.code, added.err) == (1, "kim: password: must have at least 12 characters.\n")
    imported = await ticketstream("users", "import", "-", stdin=file(user(KIM, "kim", password="eleven char")))
    assert (imported.code, imported.err) == (1, "users[0] (kim): password: must have at least 12 characters.\n")
    assert await db.users.count_documents({}) == 0


@pytest.mark.usefixtures("directory")
async def test_a_scope_of_what_the_directory_does_not_have_is_refused(ticketstream: CommandLine, db: Database) -> None:
    added = await ticketstream(*ADD_KIM[:-1], f"agencies:{NORTH},{PARK}", stdin=b"correct horse\n")
    assert (added.code, added.out) == (1, "")
    assert added.err == f"kim: scope: agency {PARK} is not in the directory.\n"
    entries = [
        user(KIM, "kim", scope={"kind": "patrimonies", "uids": [PARK]}),
        user(JOE, "joe", scope={"kind": "patrimonies", "uids": [NORTH]}),
    ]
    imported = await ticketstream("users", "import", "-", stdin=file(*entries))
    assert (imported.code, imported.err) == (1, f"joe: scope: patrimony {NORTH} is not in the directory.\n")
    assert await db.users.count_documents({}) == 0
    known = await ticketstream("users", "import", "-", stdin=file(entries[0]))
    assert (known.code, known.out) == (0, "1 entry changed\n")


async def test_without_a_directory_a_scope_of_agencies_cannot_be_checked(
    ticketstream: CommandLine, db: Database
) -> None:
    outcome = await ticketstream(*ADD_KIM, stdin=b"correct horse\n")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", NO_AGENCIES)
    away = await ticketstream(*ADD_KIM, "--kafka", "127.0.0.1:1", stdin=b"correct horse\n")
    assert (away.code, away.out) == (1, "")
    assert away.err.startswith("The scopes cannot be compared with the directory: Kafka at 127.0.0.1:1 does not answer")
    none = await ticketstream(*ADD_KIM[:-1], "agencies:", "--kafka", "127.0.0.1:1", stdin=b"correct horse\n")
    assert (none.code, none.out) == (0, "kim added\n")
