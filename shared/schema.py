"""The collections and indexes of the database, and what must stand in them before the first service starts."""

from datetime import UTC, datetime

from shared.mongo import ASCENDING, DESCENDING, Database, IndexModel, operation_time
from shared.topics import PARTITIONS

FIRST_GENERATION = 1
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A feed that no event has been closed for yet."""

NEWEST_FIRST = (("created", DESCENDING), ("_id", ASCENDING))
"""The order of list and export. The fields behind it in an index answer other filters without reading tickets."""

INDEXES: dict[str, list[IndexModel]] = {
    "events": [IndexModel([("ticket", ASCENDING), ("processUid", ASCENDING)], name="once", unique=True)],
    "progress": [],
    "leases": [],
    "users": [IndexModel("login", name="login", unique=True)],
    "versions": [],
    "sessions": [
        IndexModel("created", name="life", expireAfterSeconds=12 * 60 * 60),
        IndexModel("user", name="user"),
    ],
    "heartbeats": [],
    "tickets": [
        IndexModel(list(NEWEST_FIRST), name="newest"),
        IndexModel([("status", ASCENDING), *NEWEST_FIRST], name="status"),
        *(
            IndexModel([(field, ASCENDING), *NEWEST_FIRST, *((also, ASCENDING) for also in beside)], name=name)
            for name, field, beside in (
                ("agency", "agencies", ("status", "town", "purpose", "provider")),
                ("patrimony", "patrimony", ("status", "town", "purpose", "provider")),
                ("town", "town", ("status", "purpose", "provider")),
                ("purpose", "purpose", ("status", "town", "provider")),
                ("provider", "provider", ("status", "town", "purpose")),
            )
        ),
        IndexModel([("words", ASCENDING), *NEWEST_FIRST], name="words"),
    ],
    "journal": [
        IndexModel([("ticket", ASCENDING), ("date", ASCENDING), ("version", ASCENDING)], name="ticket"),
        IndexModel([("sent", ASCENDING), ("ticket", ASCENDING), ("version", ASCENDING)], name="sent"),
        IndexModel(
            [("late", ASCENDING), ("sent", ASCENDING), ("ticket", ASCENDING), ("version", ASCENDING)],
            name="dated",
            partialFilterExpression={"late": {"$exists": True}},
        ),
        IndexModel("words", name="words", sparse=True),
        IndexModel(
            [("ticket", ASCENDING), ("date", ASCENDING), ("version", ASCENDING)],
            name="commentary",
            partialFilterExpression={"commentary": {"$exists": True}},
        ),
        IndexModel(
            [("ticket", ASCENDING), ("process", ASCENDING)],
            name="process",
            partialFilterExpression={"process": {"$exists": True}},
        ),
        IndexModel(
            [("provider", ASCENDING), ("_id", ASCENDING)],
            name="provider",
            partialFilterExpression={"provider": {"$exists": True}},
        ),
    ],
    "stats": [
        IndexModel([("dimension", ASCENDING), ("value", ASCENDING), ("year", ASCENDING)], name="cell"),
        IndexModel([("agencies", ASCENDING), ("year", ASCENDING)], name="agency", sparse=True),
    ],
    "checkpoints": [],
}


async def ensure_schema(db: Database) -> None:
    """Make the collections and indexes that are missing, and where relay and projection begin; the rest stays.

    Made beforehand, because a transaction may not wait for a collection or an index to come into being.
    """
    now = await operation_time(db)
    present = set(await db.list_collection_names())
    for name, indexes in INDEXES.items():
        if name not in present:
            await db.create_collection(name)
        if indexes:
            await db[name].create_indexes(indexes)
    for partition in range(PARTITIONS):
        start = {"generation": FIRST_GENERATION, "offset": 0, "feedUntil": NEVER, "directory": 0, "refreshed": 0}
        await db.checkpoints.update_one({"_id": partition}, {"$setOnInsert": start}, upsert=True)
    await db.progress.update_one(
        {"_id": "relay"},
        {
            "$setOnInsert": {
                "generation": FIRST_GENERATION,
                "startAt": now,
                "token": None,
                "base": {},
                "ends": {},
                "refill": None,
                "topics": [],
            }
        },
        upsert=True,
    )
