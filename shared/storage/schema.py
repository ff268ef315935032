"""The schema: collections, indexes, and the documents that must exist before the first service starts."""

from datetime import timedelta

from shared.mongo import ASCENDING, DESCENDING, Database, IndexModel, operation_time
from shared.read_model import index_names
from shared.storage.checkpoints import create_checkpoints
from shared.storage.publication import create_publication
from shared.storage.topics import PARTITIONS

NEWEST_FIRST = (("created", DESCENDING), ("_id", ASCENDING))
"""The order of list and export. Further fields in an index answer other filters without reading tickets."""
OLDEST_FIRST = (("date", ASCENDING), ("version", ASCENDING))
"""The order of a ticket's journal and of its commentaries."""
AS_SENT = (("sent", ASCENDING), ("ticket", ASCENDING), ("version", ASCENDING))
"""The order of the feed."""

SESSION_LIFETIME = timedelta(hours=12)
"""After this time MongoDB deletes a session, whatever its user does."""
HEARTBEAT_KEPT = timedelta(hours=1)
"""After this time MongoDB deletes the heartbeat of a service that was killed. Those who ask who lives wait for it."""

INDEXES: dict[str, list[IndexModel]] = {
    "events": [IndexModel([("ticket", ASCENDING), ("processUid", ASCENDING)], name="once", unique=True)],
    "progress": [],
    "leases": [],
    "users": [IndexModel("login", name="login", unique=True)],
    "versions": [],
    "sessions": [
        IndexModel("created", name="life", expireAfterSeconds=int(SESSION_LIFETIME.total_seconds())),
        IndexModel("user", name="user"),
    ],
    "tokens": [
        IndexModel("ends", name="life", expireAfterSeconds=0),
        IndexModel([("user", ASCENDING), ("name", ASCENDING)], name="name", unique=True),
    ],
    "heartbeats": [IndexModel("at", name="life", expireAfterSeconds=int(HEARTBEAT_KEPT.total_seconds()))],
    "tickets": [
        IndexModel(list(NEWEST_FIRST), name=index_names.NEWEST),
        IndexModel([("status", ASCENDING), *NEWEST_FIRST], name=index_names.STATUS),
        *(
            IndexModel([(field, ASCENDING), *NEWEST_FIRST, *((also, ASCENDING) for also in beside)], name=name)
            for name, field, beside in (
                (index_names.AGENCY, "agencies", ("status", "town", "purpose", "provider")),
                (index_names.PATRIMONY, "patrimony", ("status", "town", "purpose", "provider")),
                (index_names.TOWN, "town", ("status", "purpose", "provider")),
                (index_names.PURPOSE, "purpose", ("status", "town", "provider")),
                (index_names.PROVIDER, "provider", ("status", "town", "purpose")),
            )
        ),
        IndexModel([("words", ASCENDING), *NEWEST_FIRST], name=index_names.WORDS),
        *(
            IndexModel(
                [(field, ASCENDING) for field in (*scope, "closed", "town", "purpose", "provider")],
                name=name,
                partialFilterExpression={"closed": {"$exists": True}},
            )
            for name, scope in (
                (index_names.CLOSED, ()),
                (index_names.CLOSED_AGENCY, ("agencies",)),
                (index_names.CLOSED_PATRIMONY, ("patrimony",)),
            )
        ),
    ],
    "journal": [
        IndexModel([("ticket", ASCENDING), *OLDEST_FIRST], name=index_names.TICKET),
        IndexModel(list(AS_SENT), name=index_names.SENT),
        IndexModel(
            [("late", ASCENDING), *AS_SENT],
            name=index_names.DATED,
            partialFilterExpression={"late": {"$exists": True}},
        ),
        IndexModel("words", name=index_names.WORDS, sparse=True),
        IndexModel("agencies", name=index_names.AGENCY, partialFilterExpression={"words": {"$exists": True}}),
        IndexModel("patrimony", name=index_names.PATRIMONY, partialFilterExpression={"words": {"$exists": True}}),
        IndexModel(
            [("ticket", ASCENDING), *OLDEST_FIRST],
            name=index_names.COMMENTARY,
            partialFilterExpression={"commentary": {"$exists": True}},
        ),
        IndexModel(
            [("ticket", ASCENDING), ("process", ASCENDING)],
            name=index_names.PROCESS,
            partialFilterExpression={"process": {"$exists": True}},
        ),
        IndexModel(
            [("provider", ASCENDING), ("_id", ASCENDING)],
            name=index_names.PROVIDER,
            partialFilterExpression={"provider": {"$exists": True}},
        ),
    ],
    "stats": [
        IndexModel([("dimension", ASCENDING), ("value", ASCENDING), ("year", ASCENDING)], name=index_names.CELL),
        IndexModel([("agencies", ASCENDING), ("year", ASCENDING)], name=index_names.AGENCY, sparse=True),
    ],
    "checkpoints": [],
}


async def ensure_schema(db: Database) -> None:
    """Create the missing collections, indexes, checkpoints and publication position. What exists stays unchanged.

    They are created beforehand, because a transaction must not wait for the creation of a collection or an index.
    """
    now = await operation_time(db)
    present = set(await db.list_collection_names())
    for name, indexes in INDEXES.items():
        if name not in present:
            await db.create_collection(name)
        if indexes:
            await db[name].create_indexes(indexes)
    await create_checkpoints(db, range(PARTITIONS))
    await create_publication(db, now)
