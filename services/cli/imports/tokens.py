"""Makes, lists and revokes the tokens of users (contract 87)."""

from collections.abc import Sequence
from datetime import timedelta

from services.cli.imports.apply import count_change, users_in_force
from services.cli.imports.entry_files import BadEntryError, shown
from services.cli.imports.in_force import initialised
from services.cli.imports.token_limits import LONGEST_NAME, MOST_DAYS, MOST_TOKENS
from shared.accounts.tokens import new_token
from shared.clock import utc_now
from shared.mongo import ASCENDING, Database, Document, Session, in_transaction
from shared.process.settings import EngineSettings


async def make_token(engines: EngineSettings, login: str, name: str, days: int) -> tuple[str, Document]:
    """Make a token of a user, and return it with its document. It cannot be read again: only its hash is stored.

    Raises `BadEntryError` when there is no such user, when the name is not one or is in use, or when the user has too
    many tokens; `NotInitialisedError` or `PyMongoError`.
    """
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise BadEntryError(
            f"The name of a token has 1 to {LONGEST_NAME} characters that can be printed, and no space at its ends."
        )
    if not 0 < days <= MOST_DAYS:
        raise BadEntryError(f"A token lives for 1 to {MOST_DAYS} days.")
    async with initialised(engines) as db:
        made = utc_now()
        token, document = new_token(await _uid_of(db, login), name, made, timedelta(days=days))

        async def add(session: Session) -> None:
            await count_change(db, session)  # of two changes of the users at the same time, one fails
            if await db.users.find_one({"_id": document["user"], "login": login}, session=session) is None:
                raise _unknown(login)
            await db.tokens.delete_many({"user": document["user"], "ends": {"$lte": made}}, session=session)
            present = await db.tokens.find({"user": document["user"]}, session=session).to_list(None)
            if any(other["name"] == name for other in present):
                raise BadEntryError(f"{shown(login)} has a token {shown(name)}; revoke it, or choose another name.")
            if len(present) >= MOST_TOKENS:
                raise BadEntryError(f"{shown(login)} has {MOST_TOKENS} tokens; revoke one first.")
            await db.tokens.insert_one(document, session=session)

        await in_transaction(db.client, add)
        return token, document


async def tokens_of(engines: EngineSettings, login: str) -> Sequence[Document]:
    """Return the tokens of a user that have not ended, by name: `name`, `made`, `ends`, and `used` once one was used.

    Raises `BadEntryError` when there is no such user, `NotInitialisedError` or `PyMongoError`.
    """
    async with initialised(engines) as db:
        wanted = {"user": await _uid_of(db, login), "ends": {"$gt": utc_now()}}
        return await db.tokens.find(wanted, {"_id": 0}).sort("name", ASCENDING).to_list(None)


async def revoke_token(engines: EngineSettings, login: str, name: str) -> None:
    """Delete a token; return once no running service accepts it.

    Raises `BadEntryError` when there is no such user or token, `NotInForceError`, `NotInitialisedError` or
    `PyMongoError`.
    """
    async with initialised(engines) as db:
        wanted = {"user": await _uid_of(db, login), "name": name}

        async def delete(session: Session) -> None:
            if not (await db.tokens.delete_one(wanted, session=session)).deleted_count:
                raise BadEntryError(f"{shown(login)} has no token {shown(name)}.")
            await count_change(db, session)

        await in_transaction(db.client, delete)
        await users_in_force(db)


async def _uid_of(db: Database, login: str) -> str:
    user = await db.users.find_one({"login": login}, {"_id": 1})
    if user is None:
        raise _unknown(login)
    uid: str = user["_id"]
    return uid


def _unknown(login: str) -> BadEntryError:
    return BadEntryError(f"There is no user {shown(login)}.")
