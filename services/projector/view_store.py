"""The view store: reads tickets, and writes the changes of a batch to the views in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.projector.folds.batch import Changes, Ticket, stored_ticket
from services.projector.folds.day_counters import increments
from services.projector.intake.batch_limit import MOST_TICKET_BYTES
from shared.lru import LruCache
from shared.mongo import Database, Document, InsertOne, ReplaceOne, Session, UpdateMany, UpdateOne, in_transaction
from shared.read_model.counter_layout import Place, first_fields
from shared.storage import checkpoints
from shared.storage.checkpoints import Checkpoint

KNOWN_TICKETS = 20_000
KNOWN_BYTES = 32 * 1024 * 1024
"""Most tickets kept in memory, and most bytes of their texts; the least recently used are dropped."""
FOLDED_FROM = {"state": 1, "agencies": 1, "town": 1, "purpose": 1, "day": 1, "status": 1}

Moves = Sequence[tuple[Checkpoint, Checkpoint]]
"""Checkpoints as this worker knows them, each with its replacement."""


class Found(NamedTuple):
    """The tickets that exist, by uid, and the uids `left` for a later batch; the other tickets are new."""

    tickets: Mapping[str, Ticket]
    left: frozenset[str]


class ViewStore:
    """Reads tickets and writes batches. It keeps tickets in memory until a write fails."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: LruCache[str, Ticket] = LruCache(
            KNOWN_TICKETS, size=KNOWN_BYTES, size_of=lambda ticket: ticket.memory
        )

    async def tickets(self, uids: Iterable[str]) -> Found:
        """Return the tickets with these uids, in order, up to `MOST_TICKET_BYTES` but at least the first."""
        wanted = dict.fromkeys(uids)
        found = {uid: self._known[uid] for uid in wanted if uid in self._known}
        missing = [uid for uid in wanted if uid not in found]
        unread: set[str] = set()
        if missing:
            read, is_whole = await self._read(missing)
            if not is_whole:
                if missing[0] not in read:
                    read |= (await self._read(missing[:1]))[0]
                unread = set(missing[1:]) - read.keys()
            found |= read
        left, room = set(unread), MOST_TICKET_BYTES
        for uid in wanted:
            if room <= 0:
                left.add(uid)
            elif uid in found:
                room -= found[uid].size
        return Found(found, frozenset(left))

    async def _read(self, uids: Sequence[str]) -> tuple[dict[str, Ticket], bool]:
        """Return tickets of up to `MOST_TICKET_BYTES` together, and whether these are all."""
        found: dict[str, Ticket] = {}
        room = MOST_TICKET_BYTES
        stored = self._db.tickets.find({"_id": {"$in": sorted(uids)}}, FOLDED_FROM)
        async for document in stored:
            if room <= 0:
                await stored.close()
                return found, False
            found[document["_id"]] = ticket = stored_ticket(document)
            room -= ticket.size
        return found, True

    async def commit(self, moves: Moves, changes: Changes, *, together: int | None = None) -> None:
        """Write a batch and move its checkpoints, all or nothing; on failure, forget all tickets.

        Call `remember` with the batch's tickets before. `together` is saved beside the checkpoints.

        Raises `FencedError` when another worker moved a checkpoint, or `PyMongoError`.
        """

        async def write(session: Session) -> None:
            await checkpoints.move(self._db, moves, session, together=together)
            await self._write(changes, session)

        try:
            if changes:
                await in_transaction(self._db.client, write)
            else:
                await checkpoints.move(self._db, moves, together=together)
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        """Forget all tickets: another worker may have changed them."""
        self._known.clear()

    def remember(self, tickets: Mapping[str, Ticket]) -> None:
        """Keep these tickets for `tickets`: the next batch continues at them while they are still being written."""
        for uid, ticket in tickets.items():
            self._known.put(uid, ticket)

    async def _write(self, changes: Changes, session: Session) -> None:
        tickets = [ReplaceOne({"_id": uid}, document, upsert=True) for uid, document in changes.tickets.items()]
        if tickets:
            await self._db.tickets.bulk_write(tickets, ordered=False, session=session)
        lines: list[InsertOne[Document] | UpdateOne | UpdateMany] = [
            *(InsertOne(line) for line in changes.journal),
            *(
                UpdateOne({"ticket": uid, "process": process}, update)
                for (uid, process), update in changes.corrected.items()
            ),
            *(UpdateMany({"ticket": uid}, location) for uid, location in changes.moved.items()),
            *(UpdateOne({"_id": line}, {"$set": {"entry": entry}}) for line, entry in changes.entries.items()),
        ]
        if lines:
            await self._db.journal.bulk_write(lines, session=session)
        counted = [_counted(place, fields) for place, fields in increments(changes.counters).items()]
        if counted:
            await self._db.stats.bulk_write(counted, ordered=False, session=session)


def _counted(place: Place, fields: Mapping[str, int]) -> UpdateOne:
    return UpdateOne({"_id": place._asdict()}, {"$inc": fields, "$setOnInsert": first_fields(place)}, upsert=True)
