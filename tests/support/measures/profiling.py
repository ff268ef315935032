"""The real costs of queries, from MongoDB's profiler: it sees the queries of other processes too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.mongo import Database, Document


@asynccontextmanager
async def profiled(db: Database, queries: list[Document], *collections: str) -> AsyncIterator[None]:
    """Append to `queries` the profile of every query on `collections` during the block."""
    await db.command("profile", 2)
    try:
        yield
    finally:
        await db.command("profile", 0)
        names = [f"{db.name}.{collection}" for collection in collections]
        queries += await db["system.profile"].find({"ns": {"$in": names}}).to_list(None)
        await db["system.profile"].drop()
