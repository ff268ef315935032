"""Access to MongoDB: the only module that imports PyMongo."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from time import monotonic
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

from bson import Binary, Timestamp
from bson.codec_options import CodecOptions
from pymongo import (
    ASCENDING,
    DESCENDING,
    AsyncMongoClient,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
    lock,
    network_layer,
    pool_shared,
)
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from shared.deadlines import within
from shared.telemetry import MONGO_CONNECTIONS, MONGO_WAITING

__all__ = [
    "AFTER",
    "ASCENDING",
    "DESCENDING",
    "DURABLE",
    "AutoReconnect",
    "Binary",
    "BulkWriteError",
    "Client",
    "Collection",
    "Database",
    "Document",
    "DuplicateKeyError",
    "IndexModel",
    "InsertOne",
    "NetworkTimeout",
    "OperationFailure",
    "PyMongoError",
    "ReplaceOne",
    "Servers",
    "Session",
    "Timestamp",
    "UnsuitableError",
    "UpdateMany",
    "UpdateOne",
    "addresses",
    "aggregate",
    "changes",
    "connected",
    "database",
    "in_transaction",
    "initiate_replica_set",
    "is_readable",
    "not_before",
    "operation_time",
    "ping",
    "servers",
    "snapshot",
    "snapshot_time",
]

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]
Session = AsyncClientSession

AFTER = ReturnDocument.AFTER
DURABLE = WriteConcern(w="majority", j=True, wtimeout=5_000)
"""Write concern: a majority of the members acknowledges the write, in their journals, within five seconds."""

ENDED_WITHIN = 10.0
"""Seconds to wait for a cancelled transaction: five for an operation, and five for MongoDB's limit of transactions."""
ALREADY_INITIALIZED = 23
"""MongoDB's error code AlreadyInitialized: the replica set was initiated before."""
CLUSTER_TIME_TRIES, CLUSTER_TIME_PAUSE = 100, 0.1
"""How often `operation_time` asks for the cluster's time, and the seconds between two questions."""
MEMBERS_WITHIN = 1.0
"""Seconds in which the driver hears from the other members once the primary has answered."""
CONNECTIONS = 64
"""Most connections of a process to each server. Further operations wait for a free one."""


class UnsuitableError(PyMongoError):
    """The URL or the server does not fit. The text is the reason, in words for whoever runs it."""


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of the replica set: MongoDB's version, and the addresses of the members that do and do not answer."""

    version: str
    answering: tuple[str, ...]
    away: tuple[str, ...]


async def _wait_for(awaited: Awaitable[Any], timeout: float | None) -> Any:  # noqa: ASYNC109 - as in asyncio
    with within(inf if timeout is None else timeout):
        return await awaited


# The driver connects, sends, and waits for a connection with `asyncio.wait_for`. Before Python 3.12, `wait_for` ignores
# a cancellation that arrives together with the result. A service would then not stop, and a timeout would not hold.
for _module in (network_layer, pool_shared):
    vars(_module)["asyncio"] = SimpleNamespace(**{**vars(asyncio), "wait_for": _wait_for})
vars(lock)["wait_for"] = _wait_for

_clients: "WeakSet[Client]" = WeakSet()
"""The open clients of this process."""


def _pools() -> Iterator[Any]:
    """Yield the connection pools of this process.

    PyMongo reports their state through events only. With a listener, these events take a quarter of the processor time
    of each operation, so the gauges look at the pools themselves.
    """
    for client in tuple(_clients):
        for server in tuple(client._topology._servers.values()) if client._topology else ():
            yield server.pool


MONGO_CONNECTIONS.set_function(lambda: sum(len(pool.conns) + pool.active_sockets for pool in _pools()))
MONGO_WAITING.set_function(lambda: sum(pool.operation_count - pool.requests for pool in _pools()))


@asynccontextmanager
async def connected(url: str, *, timeout_ms: int = 5_000) -> AsyncIterator[Client]:
    """Yield a client, and close it at the end. Every wait for a server or an answer ends after `timeout_ms`.

    Options in the URL take precedence. The durability that `database` promises holds with every URL.
    """
    defaults = {
        "serverSelectionTimeoutMS": timeout_ms,
        "connectTimeoutMS": timeout_ms,
        "socketTimeoutMS": timeout_ms,
        "waitQueueTimeoutMS": timeout_ms,
        "maxPoolSize": CONNECTIONS,
        "retryWrites": True,
    }
    given = _options_of(url)
    options: dict[str, Any] = {name: value for name, value in defaults.items() if name.lower() not in given}
    client: Client = AsyncMongoClient(url, tz_aware=True, **options)
    _clients.add(client)
    try:
        yield client
    finally:
        _clients.discard(client)
        await client.close()  # it ends its sessions on the server, and waits for the answer


def _options_of(url: str) -> set[str]:
    """Return the names of the options of `url` in lower case, because the driver prefers its keywords to the URL."""
    return {option.partition("=")[0].lower() for option in re.split("[&;]", url.partition("?")[2])}


def database(client: Client, name: str) -> Database:
    """Return a database of `client`: writes are durable when the call returns, and reads see only durable writes."""
    return client.get_database(
        name, codec_options=CodecOptions(tz_aware=True), write_concern=DURABLE, read_concern=ReadConcern("majority")
    )


async def ping(client: Client) -> None:
    """Return once a primary answers. Raises `PyMongoError` when none does within the client's timeout."""
    await client.admin.command("ping", read_preference=ReadPreference.PRIMARY)


async def servers(client: Client) -> Servers:
    """Return the servers of the replica set. Raises `PyMongoError` when none of them is primary and answers.

    A member counts as away if the driver could not reach it, or has not heard from it within `MEMBERS_WITHIN` seconds.
    """
    version = (await client.server_info())["version"]
    deadline = monotonic() + MEMBERS_WITHIN
    while True:
        members = client.topology_description.server_descriptions().values()
        if all(one.is_server_type_known or one.error for one in members) or monotonic() > deadline:
            break
        await asyncio.sleep(0.02)
    known = sorted((f"{one.address[0]}:{one.address[1]}", one.is_server_type_known) for one in members)
    return Servers(version, tuple(at for at, is_up in known if is_up), tuple(at for at, is_up in known if not is_up))


def addresses(url: str) -> str:
    """Return the HOST:PORT of a MongoDB URL, several with commas between them; never its user or password."""
    return re.split("[/?]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]


def is_readable(url: str) -> bool:
    """Return whether the driver can read a URL. A `mongodb+srv` URL needs DNS, and passes."""
    if url.startswith("mongodb+srv://"):
        return True
    try:
        parse_uri(url, warn=False)
    except (PyMongoError, ValueError):
        return False
    return True


async def initiate_replica_set(url: str) -> None:
    """Initiate the replica set that `url` names with the servers that it lists, unless the first belongs to one.

    Raises `UnsuitableError` when the URL names no replica set, or `PyMongoError`.
    """
    parsed = parse_uri(url)
    name = parsed["options"].get("replicaSet")
    if not name:
        raise UnsuitableError("the URL names no replica set, as ?replicaSet=ticketstream does")
    hosts = [f"{host}:{port}" for host, port in parsed["nodelist"]]
    config = {"_id": name, "members": [{"_id": number, "host": host} for number, host in enumerate(hosts)]}
    client: Client = AsyncMongoClient(
        f"mongodb://{hosts[0]}/",
        directConnection=True,
        username=parsed["username"],
        password=parsed["password"],
        authSource=parsed["options"].get("authSource", "admin"),
        serverSelectionTimeoutMS=5_000,
    )
    try:
        await client.admin.command("replSetInitiate", config)
    except OperationFailure as refusal:
        if refusal.code != ALREADY_INITIALIZED:
            raise
    finally:
        await client.close()


async def operation_time(db: Database) -> Timestamp:
    """Return the cluster's time now. A change stream from this time on misses no later write.

    A replica set tells its time only when it has the keys that sign it. It makes them shortly after its first start
    with a key file, so this function asks again for some seconds. Raises `UnsuitableError` when MongoDB is a
    standalone server, which has neither change streams nor transactions, and `PyMongoError` when the time stays
    unknown.
    """
    for _ in range(CLUSTER_TIME_TRIES):
        reply = await db.command("ping")
        moment: Timestamp | None = reply.get("operationTime")
        if moment is not None:
            return moment
        if "setName" not in await db.command("hello"):
            raise UnsuitableError("it is a single server, not a replica set")
        await asyncio.sleep(CLUSTER_TIME_PAUSE)
    raise PyMongoError("the replica set does not tell its time")


async def aggregate(
    collection: Collection, pipeline: Sequence[Mapping[str, Any]], *, session: Session | None = None, **options: Any
) -> list[Document]:
    """Run `pipeline` and return all its documents. The caller must limit their number."""
    cursor = await collection.aggregate(pipeline, session=session, **options)
    return await cursor.to_list(None)


async def changes(
    collection: Collection,
    pipeline: Sequence[Mapping[str, Any]],
    *,
    position: Mapping[str, Any],
    group: int,
    wait_ms: int | Callable[[], int],
) -> AsyncGenerator[tuple[list[Document], Document], None]:
    """Yield the changes of `collection` in groups of up to `group`, each with the resume token after it.

    `position` is `{"resumeAfter": token}` or `{"startAtOperationTime": timestamp}`. A group holds the changes that are
    available. After `wait_ms` milliseconds without a change, the group is empty. `wait_ms` may be a function, which is
    called before each wait. Raises `OperationFailure` when the oplog no longer holds the position. The driver's own
    change stream returns one change at a time.
    """
    db, name = collection.database, collection.name
    async with db.client.start_session() as session:
        run = partial(db.command, codec_options=db.codec_options, session=session)
        stages = [{"$changeStream": dict(position)}, *pipeline]
        opening = {"aggregate": name, "pipeline": stages, "cursor": {"batchSize": group}}
        reply = await run({**opening, "readConcern": {"level": "majority"}})
        cursor = reply["cursor"]
        following = {"getMore": cursor["id"], "collection": name, "batchSize": group}
        try:
            yield cursor["firstBatch"], cursor["postBatchResumeToken"]
            while True:
                longest = wait_ms if isinstance(wait_ms, int) else wait_ms()
                cursor = (await run({**following, "maxTimeMS": longest}))["cursor"]
                yield cursor["nextBatch"], cursor["postBatchResumeToken"]
        finally:
            with suppress(PyMongoError):  # the server itself removes the cursor of a lost connection
                await run({"killCursors": name, "cursors": [following["getMore"]]})


@asynccontextmanager
async def not_before(client: Client, moment: Timestamp) -> AsyncIterator[Session]:
    """Yield a session whose majority reads see all writes up to the cluster's time `moment`."""
    async with client.start_session(causal_consistency=True) as session:
        session.advance_operation_time(moment)
        yield session


async def in_transaction(client: Client, write: Callable[[Session], Awaitable[None]]) -> None:
    """Run `write` in a transaction with majority write concern. Commit when it returns, abort when it raises.

    A cancelled caller waits until the transaction has ended, for at most `ENDED_WITHIN` seconds: whoever cancels may
    then read what the transaction wrote.
    """
    running = asyncio.ensure_future(_transact(client, write))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running}, timeout=ENDED_WITHIN)
        if running.done() and not running.cancelled():
            running.exception()  # marks the exception as retrieved
        raise


async def _transact(client: Client, write: Callable[[Session], Awaitable[None]]) -> None:
    async with (
        client.start_session() as session,
        await session.start_transaction(
            read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True)
        ),
    ):
        await write(session)


@asynccontextmanager
async def snapshot(client: Client, at: Timestamp | None = None) -> AsyncIterator[Session]:
    """Yield a session whose reads all see one snapshot, without the locks of a transaction.

    It is the snapshot of the cluster's time `at`, as `snapshot_time` gave it. Without `at`, it is the newest one when
    the first read begins.
    """
    async with client.start_session(snapshot=True) as session:
        _untyped(session)._snapshot_time = at  # the driver has no option for it; it sets it from the first answer
        yield session


def snapshot_time(session: Session) -> Timestamp:
    """Return the cluster's time of the snapshot that `session` has read."""
    moment: Timestamp = _untyped(session)._snapshot_time
    return moment


def _untyped(session: Session) -> Any:
    return session
