"""What queries really cost: MongoDB's profiler tells what those of another process went through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.mongo import Database, Document


@asynccontextmanager
async def profiled(db: Database, queries: list[Document], *collections: str) -> AsyncIterator[None]:
    """Add to `queries` what MongoDB tells of those that the block leads to on `collections`."""
    await db.command("profile", 2)
    try:
        yield
    finally:
        await db.command("profile", 0)
        names = [f"{db.name}.{collection}" for collection in collections]
        queries += await db["system.profile"].find({"ns": {"$in": names}}).to_list(None)
        await db["system.profile"].drop()
