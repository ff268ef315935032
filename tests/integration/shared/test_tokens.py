"""Tokens in a real MongoDB: whom they speak for, and until when."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.accounts.callers import Callers
from shared.accounts.credentials import Credentials
from shared.accounts.sessions import TRUSTED_FOR
from shared.accounts.tokens import new_token
from shared.accounts.users import hash_password
from shared.clock import utc_now
from shared.mongo import Database, Document
from tests.support.measures.profiling import profiled

KIM = "aaaaaaaa-0000-4000-8000-000000000001"
ENTRY: dict[str, Any] = {"_id": KIM, "login": "kim", "role": "reader", "scope": {"kind": "everything"}}
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def callers(db: Database) -> Callers:
    """Add a user kim with a password."""
    await db.users.insert_one(ENTRY | {"passwordHash": hash_password("pw")})
    return Callers(db)


async def made(db: Database, now: datetime, lifetime: timedelta = DAY) -> str:
    token, document = new_token(KIM, "ci", now, lifetime)
    await db.tokens.insert_one(document)
    return token


async def uid_of(callers: Callers, token: str, now: datetime, *sessions: str) -> str | None:
    """Return the uid of the caller, who must be the same from memory."""
    given = Credentials(token, sessions)
    user = await callers.user_of(given, now)
    assert callers.recall(given, now) == user
    return user.uid if user else None


async def test_a_token_acts_for_its_user_until_its_end(db: Database, callers: Callers) -> None:
    now = utc_now()
    token = await made(db, now)
    assert callers.recall(Credentials(token), now) is None
    assert await uid_of(callers, token, now) == KIM
    assert await uid_of(callers, token, now + DAY - SECOND) == KIM
    assert await uid_of(callers, token, now + DAY) is None
    assert await uid_of(Callers(db), token, now + DAY) is None


async def test_only_the_hash_of_a_token_is_stored(db: Database, callers: Callers) -> None:
    token = await made(db, utc_now())
    document = await db.tokens.find_one({})
    assert document
    assert token not in repr(document)
    assert await uid_of(callers, document["_id"], utc_now()) is None


async def test_what_is_no_token_asks_mongodb_nothing(db: Database, callers: Callers) -> None:
    token = await made(db, utc_now())
    operations: list[Document] = []
    async with profiled(db, operations, "tokens", "users"):
        for wrong in ("", "a", token[:-1], f"{token}a", f"x{token}", f"{token[:-1]}é", f"{token}\n", token.upper()):
            assert await uid_of(callers, wrong, utc_now()) is None
        assert await uid_of(callers, f"{token[:-1]}{'b' if token[-1] == 'a' else 'a'}", utc_now()) is None
    assert [operation["ns"] for operation in operations] == [f"{db.name}.tokens"]


async def test_a_wrong_token_is_not_made_good_by_a_session(db: Database, callers: Callers) -> None:
    now = utc_now()
    session = await callers.sessions.log_in("kim", "pw", now)
    assert session
    assert await uid_of(callers, session, now, session) is None
    assert await uid_of(callers, "", now, session) is None
    assert (await callers.user_of(Credentials(None, (session,)), now)) is not None
    token = await made(db, now)
    assert await callers.user_of(Credentials(None, (token,)), now) is None


async def test_a_deleted_token_is_accepted_for_seconds(db: Database, callers: Callers) -> None:
    now = utc_now()
    token = await made(db, now)
    assert await uid_of(callers, token, now) == KIM
    await db.tokens.delete_many({})
    assert await uid_of(callers, token, now + TRUSTED_FOR) == KIM
    assert await uid_of(callers, token, now + TRUSTED_FOR + SECOND) is None
    assert await uid_of(callers, token, now - SECOND) is None


async def test_a_change_of_the_users_is_in_force_at_the_next_refresh(db: Database, callers: Callers) -> None:
    now = utc_now()
    token = await made(db, now)
    assert await uid_of(callers, token, now) == KIM
    await db.users.update_one({"_id": KIM}, {"$set": {"role": "operator"}})
    await db.versions.insert_one({"_id": "users", "version": 1})
    await callers.sessions.refresh()
    changed = await callers.user_of(Credentials(token), now)
    assert changed
    assert changed.role == "operator"
    await db.users.delete_one({"_id": KIM})
    await db.versions.update_one({"_id": "users"}, {"$inc": {"version": 1}})
    await callers.sessions.refresh()
    assert await uid_of(callers, token, now) is None


async def test_the_first_use_is_written_and_then_one_a_minute(db: Database, callers: Callers) -> None:
    now = utc_now()
    token = await made(db, now)
    for seconds, written in ((1, 1), (59, 1), (61, 1), (62, 62), (119, 62)):
        await callers.user_of(Credentials(token), now + seconds * SECOND)
        document = await db.tokens.find_one({})
        assert document
        assert document["used"] == now + written * SECOND
