"""Sessions kept in a real MongoDB: how long one lives, and what a login is checked for."""

import asyncio
import json
import threading
from datetime import timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from services.cli.imports import import_users
from services.cli.users_file import read_users
from shared import sessions as sessions_module
from shared import users
from shared.clock import utc_now
from shared.mongo import Database
from shared.sessions import HASHES_WAITING, IDLE, LIFETIME, Sessions, TooManyLoginsError
from shared.settings import EngineSettings
from shared.users import hash_password, password_matches

PASSWORD = "correct horse"
KIM = "aaaaaaaa-0000-4000-8000-000000000001"
ENTRY = {"uid": KIM, "login": "kim", "role": "reader", "scope": {"kind": "everything"}}
SECOND = timedelta(seconds=1)


@pytest.fixture
async def sessions(db: Database) -> Sessions:
    """Have a user kim with a password, and ann without one."""
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
    assert await sessions.user_of(token, began + LIFETIME - SECOND)
    assert await sessions.user_of(token, began + LIFETIME + SECOND) is None
    assert sessions.recall(token, began + LIFETIME + SECOND) is None
    assert await Sessions(db).user_of(token, began + LIFETIME + SECOND) is None


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


async def test_what_is_remembered_of_a_session_is_believed_for_seconds(db: Database, sessions: Sessions) -> None:
    began, token = utc_now(), await opened(sessions)
    assert sessions.recall(token, began) is None
    user = await sessions.user_of(token, began)
    await db.sessions.delete_many({})
    assert sessions.recall(token, began + 3 * SECOND) == user
    assert sessions.recall(token, began + 5 * SECOND) is None
    assert await sessions.user_of(token, began + 5 * SECOND) is None


async def test_only_a_digest_of_the_token_is_kept(db: Database, sessions: Sessions) -> None:
    token = await opened(sessions)
    session = await db.sessions.find_one({"user": KIM})
    assert session
    assert token not in str(session)
    assert await sessions.user_of(session["_id"], utc_now()) is None


async def test_the_same_work_is_done_for_whom_nobody_knows(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_a_login_with_a_password_that_is_changed_meanwhile_opens_nothing(
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
    await import_users(settings, read_users(json.dumps([ENTRY | {"password": "another"}]).encode()))
    changed.set()
    assert await sessions.user_of(await login, utc_now()) is None
    assert await sessions.user_of(await opened(sessions, "another"), utc_now())


async def test_logins_that_wait_are_bounded(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    going_on = threading.Event()
    monkeypatch.setattr(sessions_module, "password_matches", lambda *_: not going_on.wait(30))
    tried = [asyncio.create_task(sessions.log_in("kim", "wrong", utc_now())) for _ in range(HASHES_WAITING + 3)]
    try:
        refused, _ = await asyncio.wait(tried, timeout=20, return_when=asyncio.FIRST_EXCEPTION)
        assert refused
    finally:
        going_on.set()
    outcomes = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(outcome, TooManyLoginsError) for outcome in outcomes) == 3
    assert outcomes.count(None) == HASHES_WAITING
