"""Fields with bytes that the projector rendered, read in groups of limited size.

A document is read with its bytes or, when these are long, only with their length. So the size of a page is known before
it is in memory. Long bytes are then read one group at a time.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from shared.mongo import Collection, Document, Session

INLINE = 4 * 1024
"""Most bytes that are read together with their document. Nearly all fields are shorter."""
GROUP = 1024 * 1024
"""Most rendered bytes in memory at the same time. A single field may be longer."""


class RenderedField(NamedTuple):
    """A field of a collection that holds rendered bytes."""

    collection: Collection
    field: str
    max_ms: int
    """Longest time for one query for long fields, in milliseconds."""

    @property
    def projection(self) -> Document:
        """Return the MongoDB projection to the bytes or, when they are long, to their length."""
        whole, length = f"${self.field}", {"$binarySize": f"${self.field}"}
        return {self.field: {"$cond": [{"$lte": [length, INLINE]}, whole, length]}}

    def length(self, document: Document) -> int:
        """Return the length of the field in bytes; the document was read with `projection`."""
        value: bytes | int = document[self.field]
        return value if isinstance(value, int) else len(value)

    async def read(self, documents: Sequence[Document], session: Session) -> list[bytes]:
        """Return the bytes of documents that were read with `projection`, in order; raises `PyMongoError`."""
        values = [document[self.field] for document in documents]
        long = [document["_id"] for document in documents if isinstance(document[self.field], int)]
        if not long:
            return values
        found = self.collection.find({"_id": {"$in": long}}, {self.field: 1}, session=session, max_time_ms=self.max_ms)
        read = {document["_id"]: document[self.field] for document in await found.to_list(None)}
        return [read.get(document["_id"], value) for document, value in zip(documents, values, strict=True)]

    async def in_groups(self, documents: Iterable[Document], session: Session) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of documents that were read with `projection`, joined by commas, one group at a time."""
        comma = b""
        for group in groups(documents, self.length):
            yield comma + b",".join(await self.read(group, session))
            comma = b","


def groups(documents: Iterable[Document], length: Callable[[Document], int]) -> Iterator[list[Document]]:
    """Yield the documents, in order, in groups of at most `GROUP` bytes. A longer document is a group of its own."""
    group: list[Document] = []
    size = 0
    for document in documents:
        bytes_more = length(document)
        if group and size + bytes_more > GROUP:
            yield group
            group, size = [], 0
        group.append(document)
        size += bytes_more
    if group:
        yield group
