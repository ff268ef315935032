"""The view collections: tickets as they stand, and what a batch changes of them in one transaction."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from services.projector import checkpoints
from services.projector.batch import Changes, Ticket, stored_ticket
from services.projector.checkpoints import Checkpoint
from services.projector.folds.stats import Place, first_fields, increments
from shared.mongo import Database, Document, InsertOne, ReplaceOne, Session, UpdateMany, UpdateOne, transaction

KNOWN_TICKETS = 20_000
"""Tickets kept in memory, those used last."""
FOLDED_FROM = {"state": 1, "agencies": 1, "town": 1, "purpose": 1, "day": 1, "status": 1}

Moves = Sequence[tuple[Checkpoint, Checkpoint]]
"""Checkpoints as they are thought to stand, each with the one to put in its place."""


class Views:
    """Reads tickets to fold on from, and writes batches; what it remembers is forgotten when a write fails."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[str, Ticket] = OrderedDict()

    async def tickets(self, uids: Iterable[str]) -> Mapping[str, Ticket]:
        """Give the tickets with these uids; those that the views do not have are left out."""
        wanted = set(uids)
        found = {uid: self._known[uid] for uid in wanted if uid in self._known}
        missing = sorted(wanted - found.keys())
        if missing:
            async for document in self._db.tickets.find({"_id": {"$in": missing}}, FOLDED_FROM):
                found[document["_id"]] = stored_ticket(document)
        return found

    async def commit(self, moves: Moves, changes: Changes) -> None:
        """Write a batch and move its checkpoints, all or nothing; what is remembered is forgotten when that fails.

        `remember` its tickets before.

        Raises `FencedError` when a checkpoint is no longer where it was thought to be, or `PyMongoError`.
        """
        try:
            if changes:
                async with transaction(self._db.client) as session:
                    await checkpoints.move(self._db, moves, session)
                    await self._write(changes, session)
            else:
                await checkpoints.move(self._db, moves)
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        """Drop what is remembered: another worker may have gone on with it."""
        self._known.clear()

    def remember(self, tickets: Mapping[str, Ticket]) -> None:
        """Give these from now on: what is folded next goes on from them while they are still being written."""
        for uid, ticket in tickets.items():
            self._known[uid] = ticket
            self._known.move_to_end(uid)
        while len(self._known) > KNOWN_TICKETS:
            self._known.popitem(last=False)

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
