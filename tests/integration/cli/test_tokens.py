"""`ticketstream users token`, `users tokens` and `users revoke --name`: tokens are shown once, few, and named."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from services.cli.imports.entry_files import BadEntryError
from services.cli.imports.token_limits import LONGEST_NAME, MOST_DAYS, MOST_TOKENS
from services.cli.imports.tokens import make_token, revoke_token, tokens_of
from shared.accounts.callers import Callers
from shared.accounts.credentials import Credentials
from shared.accounts.sessions import users_version
from shared.accounts.tokens import new_token
from shared.clock import utc_now
from shared.mongo import Database, PyMongoError
from shared.process.settings import EngineSettings
from tests.integration.cli.cli_platform import CommandLine, living
from tests.support.expected.views import until

KIM, JOE = "74aa4bf3-8fde-4985-b16e-e3ba2788868f", "f281d579-084e-95a1-8abb-582f2dcc2ed5"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def kim(db: Database) -> dict[str, Any]:
    user = {"_id": KIM, "login": "kim", "role": "reader", "scope": {"kind": "everything"}}
    await db.users.insert_one(user)
    return user


async def is_valid(db: Database, token: str) -> bool:
    return await Callers(db).user_of(Credentials(token), utc_now()) is not None


async def test_a_token_is_printed_once_and_works_until_it_is_revoked(ticketstream: CommandLine, db: Database) -> None:
    made = await ticketstream("users", "token", "kim", "--name", "nightly export", "--days", "90")
    token, ended = made.out.removesuffix("\n"), utc_now() + 90 * DAY
    assert made.code == 0
    assert re.fullmatch(r"ticketstream_[\w-]{43}", token)
    assert re.fullmatch(r"Keep it now: it is not shown again\. It ends on [\d :-]{16} UTC\.\n", made.err)
    unused = await ticketstream("users", "tokens", "kim")
    assert re.fullmatch(
        r"name +made +ends +last used\nnightly export  [\d-]{10} [\d:]{5}  [\d-]{10} [\d:]{5}  never\n", unused.out
    )
    assert f"{ended:%Y-%m}" in unused.out
    assert await is_valid(db, token)
    used = await ticketstream("users", "tokens", "kim")
    assert "never" not in used.out
    assert token not in used.out + used.err + unused.out
    revoked = await ticketstream("users", "revoke", "kim", "--name", "nightly export")
    assert (revoked.code, revoked.out, revoked.err) == (0, "1 token revoked\n", "")
    assert not await is_valid(db, token)
    assert (await ticketstream("users", "tokens", "kim")).out == "no tokens\n"
    again = await ticketstream("users", "revoke", "kim", "--name", "nightly export")
    assert (again.code, again.out, again.err) == (1, "", "kim has no token nightly export.\n")


async def test_the_end_of_sessions_leaves_tokens_and_says_so(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    token, _ = await make_token(settings, "kim", "ci", 1)
    await db.sessions.insert_one({"_id": "1", "user": KIM})
    ended = await ticketstream("users", "revoke", "kim")
    assert (ended.code, ended.out) == (0, "1 session ended\n")
    assert ended.err == "1 token stays valid; `ticketstream users tokens` lists them.\n"
    assert await is_valid(db, token)
    await ticketstream("users", "import", "-", stdin=b'[{"login": "kim", "removed": true}]')
    assert not await is_valid(db, token)
    assert await db.tokens.count_documents({}) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("kim", "--name", "ci"), 2),
        (("kim", "--name", "ci", "--days", str(MOST_DAYS + 1)), 2),
        (("kim", "--name", "\x1b[2J", "--days", "1"), 1),
        (("nobody\x1b", "--name", "ci", "--days", "1"), 1),
    ],
)
async def test_what_cannot_be_made_is_refused(
    ticketstream: CommandLine, db: Database, words: tuple[str, ...], code: int
) -> None:
    outcome = await ticketstream("users", "token", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert "\x1b" not in outcome.err
    assert await db.tokens.count_documents({}) == 0


BAD_NAMES = (
    "",
    " ",
    " ci",
    "ci ",
    "a\nb",
    "a\tb",
    "a\0b",
    "\x7f",
    "\u202ea",
    "a\u2028b",
    "\udc80",
    "x" * (LONGEST_NAME + 1),
)


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
async def test_a_name_is_short_and_printable(settings: EngineSettings, db: Database, name: str) -> None:
    with pytest.raises(BadEntryError, match="The name of a token has 1 to 64 characters"):
        await make_token(settings, "kim", name, 1)
    assert await db.tokens.count_documents({}) == 0


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1, 10**30])
async def test_a_life_has_a_number_of_days(settings: EngineSettings, days: int) -> None:
    with pytest.raises(BadEntryError, match="1 to 366 days"):
        await make_token(settings, "kim", "ci", days)


async def test_longest_names_and_lives_are_accepted(settings: EngineSettings, db: Database) -> None:
    for name, days in (("é" * LONGEST_NAME, MOST_DAYS), ("x", 1), ("a b", 1)):
        token, document = await make_token(settings, "kim", name, days)
        assert document["ends"] - document["made"] == days * DAY
        assert await is_valid(db, token)
    assert [each["name"] for each in await tokens_of(settings, "kim")] == ["a b", "x", "é" * LONGEST_NAME]


async def test_a_user_has_few_tokens_and_each_name_once(settings: EngineSettings, db: Database) -> None:
    await db.users.insert_one({"_id": JOE, "login": "joe", "role": "reader", "scope": {"kind": "everything"}})
    for number in range(MOST_TOKENS):
        await make_token(settings, "kim", f"ci {number}", 1)
    with pytest.raises(BadEntryError, match="kim has 20 tokens; revoke one first"):
        await make_token(settings, "kim", "more", 1)
    with pytest.raises(BadEntryError, match="kim has a token ci 7; revoke it"):
        await make_token(settings, "kim", "ci 7", 1)
    await make_token(settings, "joe", "ci 7", 1)
    await revoke_token(settings, "kim", "ci 7")
    assert [each["name"] for each in await tokens_of(settings, "joe")] == ["ci 7"]
    await make_token(settings, "kim", "ci 7", 1)
    assert len(await tokens_of(settings, "kim")) == MOST_TOKENS


async def test_tokens_that_have_ended_do_not_count(settings: EngineSettings, db: Database) -> None:
    over = [new_token(KIM, f"old {number}", utc_now() - 2 * DAY, DAY) for number in range(MOST_TOKENS)]
    await db.tokens.insert_many([document for _, document in over])
    assert await tokens_of(settings, "kim") == []
    await make_token(settings, "kim", "old 1", 1)
    assert [each["name"] for each in await tokens_of(settings, "kim")] == ["old 1"]
    assert await db.tokens.count_documents({}) == 1


async def test_of_many_at_the_same_time_none_is_too_many(settings: EngineSettings, db: Database) -> None:
    """A change of the users at the same time makes a command fail; it can be repeated."""
    await db.tokens.insert_many(
        [new_token(KIM, f"ci {number}", utc_now(), DAY)[1] for number in range(MOST_TOKENS - 1)]
    )
    making = (make_token(settings, "kim", f"more {number}", 1) for number in range(6))
    outcomes = await asyncio.gather(*making, return_exceptions=True)
    made = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    assert len(made) <= 1
    assert all(isinstance(outcome, tuple | BadEntryError | PyMongoError) for outcome in outcomes)
    assert await db.tokens.count_documents({}) == MOST_TOKENS - 1 + len(made)


async def test_a_revocation_waits_for_every_service(
    ticketstream: CommandLine, settings: EngineSettings, db: Database
) -> None:
    await make_token(settings, "kim", "ci", 1)
    known = await users_version(db)
    async with living(db, settings, "gateway", "gateway-1", usersVersion=known) as gateway:
        revoking = asyncio.create_task(ticketstream("users", "revoke", "kim", "--name", "ci"))

        async def changed() -> bool:
            return await users_version(db) > known

        await until(changed)
        assert not revoking.done()
        gateway.says(usersVersion=known + 1)
        assert (await revoking).code == 0


async def test_the_removal_of_a_user_ends_tokens_of_a_renamed_one_too(
    ticketstream: CommandLine, settings: EngineSettings, db: Database, kim: dict[str, Any]
) -> None:
    token, _ = await make_token(settings, "kim", "ci", 1)
    entry = {"uid": KIM, "role": "reader", "scope": {"kind": "everything"}}
    renamed = json.dumps([{"login": "kim", "removed": True}, entry | {"login": "kim2"}]).encode()
    assert (await ticketstream("users", "import", "-", stdin=renamed)).code == 0
    assert not await is_valid(db, token)
