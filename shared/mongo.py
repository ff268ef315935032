"""The one door to MongoDB, and the only module that imports Motor.

Everything that Motor and PyMongo's asynchronous client spell differently is wrapped here, so that the rest of the
project uses only what both have in common and this file alone changes when Motor's life ends.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from bson import Binary, Timestamp
from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import (
    ASCENDING,
    DESCENDING,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
)
from pymongo import monitoring as driver_events
from pymongo.errors import BulkWriteError, ConfigurationError, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from shared.telemetry import MONGO_CONNECTIONS, MONGO_WAITING

__all__ = [
    "AFTER",
    "ASCENDING",
    "DESCENDING",
    "DURABLE",
    "Binary",
    "BulkWriteError",
    "Client",
    "Collection",
    "Database",
    "Document",
    "DuplicateKeyError",
    "IndexModel",
    "InsertOne",
    "OperationFailure",
    "PyMongoError",
    "ReplaceOne",
    "Session",
    "Timestamp",
    "UpdateMany",
    "UpdateOne",
    "aggregate",
    "changes",
    "connected",
    "database",
    "initiate_replica_set",
    "not_before",
    "operation_time",
    "ping",
    "snapshot",
    "transaction",
    "unreadable",
]

Document = dict[str, Any]
Client = AsyncIOMotorClient[Document]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]
Session = AsyncIOMotorClientSession

AFTER = ReturnDocument.AFTER
DURABLE = WriteConcern(w="majority", j=True, wtimeout=5_000)
"""Acknowledged by a majority, in their journals, within five seconds."""

ALREADY_INITIALIZED = 23
CONNECTIONS = 64
"""Most connections of a process to each server; who needs one more waits."""


class _PoolGauges(driver_events.ConnectionPoolListener):
    """Counts the connections of this process, and the operations that wait for one."""

    def connection_created(self, event: driver_events.ConnectionCreatedEvent) -> None:
        MONGO_CONNECTIONS.inc()

    def connection_closed(self, event: driver_events.ConnectionClosedEvent) -> None:
        MONGO_CONNECTIONS.dec()

    def connection_check_out_started(self, event: driver_events.ConnectionCheckOutStartedEvent) -> None:
        MONGO_WAITING.inc()

    def _served(self, event: object) -> None:
        MONGO_WAITING.dec()

    def _unheeded(self, event: object) -> None:
        """Pass over what is no connection's beginning, wait or end."""

    connection_checked_out = connection_check_out_failed = _served
    connection_ready = connection_checked_in = _unheeded
    pool_created = pool_ready = pool_cleared = pool_closed = _unheeded


@asynccontextmanager
async def connected(url: str, *, timeout_ms: int = 5_000) -> AsyncIterator[Client]:
    """Give a client, closed on leaving; every wait for a server or an answer ends after `timeout_ms` milliseconds."""
    client: Client = AsyncIOMotorClient(
        url,
        serverSelectionTimeoutMS=timeout_ms,
        connectTimeoutMS=timeout_ms,
        socketTimeoutMS=timeout_ms,
        waitQueueTimeoutMS=timeout_ms,
        maxPoolSize=CONNECTIONS,
        event_listeners=[_PoolGauges()],
        retryWrites=True,
        tz_aware=True,
    )
    try:
        yield client
    finally:
        await asyncio.to_thread(client.close)  # it takes leave of the server, and waits for the answer


def database(client: Client, name: str) -> Database:
    """Name a database of `client`: what is written is durable when the call returns, what is read can not be lost."""
    return client.get_database(
        name, codec_options=CodecOptions(tz_aware=True), write_concern=DURABLE, read_concern=ReadConcern("majority")
    )


async def ping(client: Client) -> None:
    """Return once a primary accepts writes; raises `PyMongoError` when none does in the client's time-out."""
    await client.admin.command("ping", read_preference=ReadPreference.PRIMARY)


def unreadable(url: str) -> str | None:
    """Say what is wrong with a URL, without repeating it; one whose hosts are asked of DNS is believed."""
    if url.startswith("mongodb+srv://"):
        return None
    try:
        parse_uri(url, warn=False)
    except (PyMongoError, ValueError) as refusal:
        return str(refusal)
    return None


async def initiate_replica_set(url: str) -> None:
    """Make the servers that `url` lists the replica set that it names, unless the first is in one already.

    Raises `ConfigurationError` when it names none, or `PyMongoError`.
    """
    told_of = parse_uri(url)
    name = told_of["options"].get("replicaSet")
    if not name:
        raise ConfigurationError("the URL names no replica set, as ?replicaSet=ticketstream does")
    hosts = [f"{host}:{port}" for host, port in told_of["nodelist"]]
    config = {"_id": name, "members": [{"_id": number, "host": host} for number, host in enumerate(hosts)]}
    client: Client = AsyncIOMotorClient(
        f"mongodb://{hosts[0]}/",
        directConnection=True,
        username=told_of["username"],
        password=told_of["password"],
        serverSelectionTimeoutMS=5_000,
    )
    try:
        await client.admin.command("replSetInitiate", config)
    except OperationFailure as refusal:
        if refusal.code != ALREADY_INITIALIZED:
            raise
    finally:
        client.close()


async def operation_time(db: Database) -> Timestamp:
    """Tell the cluster's time now: a change stream opened at it misses nothing that is written afterwards.

    Raises `ConfigurationError` when MongoDB is a single server, which has neither change streams nor transactions.
    """
    reply = await db.command("ping")
    moment: Timestamp | None = reply.get("operationTime")
    if moment is None:
        raise ConfigurationError("it is a single server, not a replica set")
    return moment


async def aggregate(
    collection: Collection, pipeline: Sequence[Mapping[str, Any]], *, session: Session | None = None, **options: Any
) -> list[Document]:
    """Run `pipeline` and return all that it yields; the caller bounds it."""
    return await collection.aggregate(pipeline, session=session, **options).to_list(None)


async def changes(
    collection: Collection,
    pipeline: Sequence[Mapping[str, Any]],
    *,
    position: Mapping[str, Any],
    group: int,
    wait_ms: int,
) -> AsyncGenerator[tuple[list[Document], Document], None]:
    """Follow what is written to `collection`: groups of up to `group` changes, each with the token to go on after it.

    `position` is `{"resumeAfter": token}` or `{"startAtOperationTime": timestamp}`. A group is what is there; an empty
    one comes after `wait_ms` milliseconds of silence. Raises `OperationFailure` when the position is no longer kept.
    The driver's own change stream hands out one change at a time, which costs a thread switch each.
    """
    db, name = collection.database, collection.name
    async with await db.client.start_session() as session:
        run = partial(db.command, codec_options=db.codec_options, session=session)
        stages = [{"$changeStream": dict(position)}, *pipeline]
        opening = {"aggregate": name, "pipeline": stages, "cursor": {"batchSize": group}}
        reply = await run({**opening, "readConcern": {"level": "majority"}})
        cursor = reply["cursor"]
        following = {"getMore": cursor["id"], "collection": name, "batchSize": group, "maxTimeMS": wait_ms}
        try:
            yield cursor["firstBatch"], cursor["postBatchResumeToken"]
            while True:
                cursor = (await run(following))["cursor"]
                yield cursor["nextBatch"], cursor["postBatchResumeToken"]
        finally:
            with suppress(PyMongoError):  # the server drops the cursor of a lost connection by itself
                await run({"killCursors": name, "cursors": [following["getMore"]]})


@asynccontextmanager
async def not_before(client: Client, moment: Timestamp) -> AsyncIterator[Session]:
    """Give a session whose majority reads see everything that was written up to the cluster's time `moment`."""
    async with await client.start_session(causal_consistency=True) as session:
        session.advance_operation_time(moment)
        yield session


@asynccontextmanager
async def transaction(client: Client) -> AsyncIterator[Session]:
    """Run the body in one majority transaction: committed on leaving it, aborted when it raises."""
    async with (
        await client.start_session() as session,
        session.start_transaction(
            read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True)
        ),
    ):
        yield session


@asynccontextmanager
async def snapshot(client: Client) -> AsyncIterator[Session]:
    """Give a session whose reads all see one moment, without the locks of a transaction."""
    async with await client.start_session(snapshot=True) as session:
        yield session
