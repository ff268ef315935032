"""Sessions in a real MongoDB: their lifetime, and the checks of a login."""

import asyncio
import json
import threading
from datetime import timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from services.cli.imports.apply import import_users
from services.cli.imports.users_file import read_users
from shared.accounts import sessions as sessions_module
from shared.accounts import users
from shared.accounts.session_cookie import session_tokens
from shared.accounts.sessions import IDLE, Sessions
from shared.accounts.users import hash_password, password_matches
from shared.clock import utc_now
from shared.http.addresses import Origin
from shared.mongo import Database, Document
from shared.process.settings import EngineSettings
from shared.storage.schema import SESSION_LIFETIME
from tests.support.measures.profiling import profiled

PASSWORD = "correct horse"
KIM = "aaaaaaaa-0000-4000-8000-000000000001"
ENTRY = {"uid": KIM, "login": "kim", "role": "reader", "scope": {"kind": "everything"}}
SECOND = timedelta(seconds=1)


@pytest.fixture
async def sessions(db: Database) -> Sessions:
    """Add a user kim with a password, and a user ann without one."""
    kim = {"_id": KIM, "passwordHash": hash_password(PASSWORD)}
    await db.users.insert_many([ENTRY | kim, ENTRY | {"_id": "ann", "login": "ann"}])
    return Sessions(db)


async def opened(sessions: Sessions, password: str = PASSWORD) -> str:
    token = await sessions.log_in("kim", password, utc_now())
    assert token
    return token


async def test_a_busy_session_lives_for_twelve_hours(db: Database, sessions: Sessions) -> None:
    began, token = utc_now(), await opened(sessions)
    for minutes in range(0, 12 * 60, 55):
        assert await sessions.user_of(token, began + timedelta(minutes=minutes))
    assert await sessions.user_of(token, began + SESSION_LIFETIME - SECOND)
    assert await sessions.user_of(token, began + SESSION_LIFETIME + SECOND) is None
    assert sessions.recall(token, began + SESSION_LIFETIME + SECOND) is None
    assert await Sessions(db).user_of(token, began + SESSION_LIFETIME + SECOND) is None


async def test_an_idle_session_ends_after_an_hour_wherever_it_was_used(db: Database, sessions: Sessions) -> None:
    began, token, elsewhere = utc_now(), await opened(sessions), Sessions(db)
    half = began + IDLE / 2
    assert await sessions.user_of(token, began)
    assert await elsewhere.user_of(token, half)
    assert await sessions.user_of(token, half + IDLE - SECOND)
    assert await elsewhere.user_of(token, half + 2 * IDLE + SECOND) is None
    assert await sessions.user_of(token, half + 2 * IDLE + SECOND) is None


async def test_the_last_activity_is_written_once_a_minute(db: Database, sessions: Sessions) -> None:
    began, token = utc_now(), await opened(sessions)
    for seconds in (1, 59, 61, 62, 119):
        await sessions.user_of(token, began + timedelta(seconds=seconds))
    session = await db.sessions.find_one({"user": KIM})
    assert session
    assert session["seen"] == began + timedelta(seconds=61)


async def test_a_cached_session_is_valid_for_seconds(db: Database, sessions: Sessions) -> None:
    began, token = utc_now(), await opened(sessions)
    assert sessions.recall(token, began) is None
    user = await sessions.user_of(token, began)
    await db.sessions.delete_many({})
    assert sessions.recall(token, began + 3 * SECOND) == user
    assert sessions.recall(token, began + 5 * SECOND) is None
    assert await sessions.user_of(token, began + 5 * SECOND) is None


async def test_a_cached_session_is_invalid_after_the_clock_was_set_back(db: Database, sessions: Sessions) -> None:
    began, token = utc_now(), await opened(sessions)
    assert await sessions.user_of(token, began)
    await db.sessions.delete_many({})
    assert sessions.recall(token, began - 600 * SECOND) is None
    assert await sessions.user_of(token, began - 600 * SECOND) is None


async def test_the_first_valid_token_of_several_counts(db: Database, sessions: Sessions) -> None:
    joe = ENTRY | {"_id": "joe", "login": "joe", "passwordHash": hash_password("pw")}
    await db.users.insert_one(joe)
    now, of_joe, of_kim = utc_now(), await sessions.log_in("joe", "pw", utc_now()), await opened(sessions)
    assert of_joe
    for tokens, uid in (((of_joe, of_kim), "joe"), ((of_kim, of_joe), KIM), (("stale", of_joe, of_kim), "joe")):
        for _ in range(2):  # the second time from the cache
            user = await sessions.user_of_any(tokens, now)
            assert user
            assert user.uid == uid
    assert await sessions.user_of_any(["stale", "staler"], now) is None
    assert await sessions.user_of_any([], now) is None


async def test_one_query_reads_all_tokens_that_are_not_cached(db: Database, sessions: Sessions) -> None:
    """A head of 32 KiB holds many tokens. Expired sessions are ignored like unknown tokens."""
    now, token = utc_now(), await opened(sessions)
    of_old, of_idle, of_ann = [await opened(sessions) for _ in range(3)]
    newest = await db.sessions.find().sort("created", -1).to_list(3)
    fields = ({"created": now - SESSION_LIFETIME - SECOND}, {"seen": now - IDLE - SECOND}, {"user": "ann"})
    for session, changed in zip(newest, fields, strict=True):
        await db.sessions.update_one({"_id": session["_id"]}, {"$set": changed})
    stale = [f"{number:x}" for number in range(2_300)]
    cookie = "; ".join(f"PI_SESSION={each}" for each in (*stale, of_old, of_idle, of_ann, token, "last"))
    queries: list[Document] = []
    async with profiled(db, queries, "sessions", "users"):
        found = await sessions.user_of_any(session_tokens([cookie]), now)
        assert await sessions.user_of_any(session_tokens([f"PI_SESSION={token}; {cookie}"]), now) == found
        assert sessions.recall(token, now) == found
    assert found
    assert found.uid == KIM
    assert sorted(query["ns"].rpartition(".")[2] for query in queries) == ["sessions", "users"]


async def test_only_a_digest_of_the_token_is_stored(db: Database, sessions: Sessions) -> None:
    token = await opened(sessions)
    session = await db.sessions.find_one({"user": KIM})
    assert session
    assert token not in str(session)
    assert await sessions.user_of(session["_id"], utc_now()) is None


async def test_only_digests_of_an_origin_are_stored(db: Database, sessions: Sessions) -> None:
    began, origin = utc_now() - SECOND, Origin.of("kim", "198.51.100.7")
    for given in (origin, None, origin):
        assert await sessions.log_in("kim", PASSWORD, utc_now(), given)
    assert await sessions.origins(began, logins=9, of_one_login=9) == [origin]
    assert await sessions.origins(utc_now() + SECOND, logins=9, of_one_login=9) == []
    kept = str(await db.sessions.find().to_list(None))
    assert "198.51" not in kept
    assert "'kim'" not in kept


async def test_origins_are_the_newest_logins_with_their_newest_addresses(db: Database, sessions: Sessions) -> None:
    now = utc_now()
    came = ["joe a", "joe b", "ann a", "kim a", "kim b", "kim c", "kim a", "joe b"]
    await db.sessions.insert_many(
        {"_id": f"{number}", "user": KIM, "created": now + number * SECOND, "origin": origin._asdict()}
        for number, origin in enumerate(Origin.of(*each.split()) for each in came)
    )

    async def describe(**most: int) -> list[Origin]:
        return await sessions.origins(now - SECOND, **{"logins": 9, "of_one_login": 9} | most)

    def listed(*origins: str) -> list[Origin]:
        return [Origin.of(*each.split()) for each in origins]

    assert await describe() == listed("ann a", "kim b", "kim c", "kim a", "joe a", "joe b")
    assert await describe(of_one_login=2) == listed("ann a", "kim c", "kim a", "joe a", "joe b")
    assert await describe(of_one_login=1, logins=2) == listed("kim a", "joe b")


async def test_origins_come_from_the_newest_of_many_sessions(
    db: Database, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    await db.sessions.insert_many(
        {"user": KIM, "created": now + number * SECOND, "origin": Origin.of(f"{number}", "home")._asdict()}
        for number in range(1_000)
    )
    monkeypatch.setattr(sessions_module, "SESSIONS_LOOKED_AT", 10)
    queries: list[Document] = []
    async with profiled(db, queries, "sessions"):
        found = await sessions.origins(now - SECOND, logins=99, of_one_login=9)
    assert found == [Origin.of(f"{number}", "home") for number in range(990, 1_000)]
    assert [(query["docsExamined"], query["planSummary"]) for query in queries] == [(10, "IXSCAN { created: 1 }")]


async def test_an_unknown_login_takes_the_same_work(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its own name
            done.append(extract_parameters(str(hash)))
            return super().verify(hash, password)

    monkeypatch.setattr(users, "_hasher", Watched())
    work = []
    for login in ("kim", "ann", "nobody"):
        done.clear()
        assert await sessions.log_in(login, "wrong", utc_now()) is None
        work.append(list(done))
    assert len(work[0]) == 1
    assert work[0] == work[1] == work[2]


async def test_a_login_opens_nothing_when_the_password_changes_meanwhile(
    db: Database, settings: EngineSettings, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking, changed = threading.Event(), threading.Event()

    def slowly(password: str, kept: str | None) -> bool:
        checking.set()
        assert changed.wait(30)
        return password_matches(password, kept)

    monkeypatch.setattr(sessions_module, "password_matches", slowly)
    login = asyncio.create_task(sessions.log_in("kim", PASSWORD, utc_now()))
    assert await asyncio.to_thread(checking.wait, 30)
    await import_users(settings, read_users(json.dumps([ENTRY | {"password": "another horse"}]).encode()))
    changed.set()
    assert await sessions.user_of(await login, utc_now()) is None
    assert await sessions.user_of(await opened(sessions, "another horse"), utc_now())
