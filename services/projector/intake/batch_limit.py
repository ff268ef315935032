"""The size of a batch: the most records and bytes it may have. After a batch that failed, it may have fewer records."""

from shared.kafka import KafkaError
from shared.mongo import NetworkTimeout, OperationFailure, PyMongoError
from shared.storage.checkpoints import FencedError

MOST_RECORDS = 2_000
MOST_BYTES = 2 * 1024 * 1024
"""Most bytes of the records of a batch; the first record may be larger."""
MOST_TICKET_BYTES = 6 * 1024 * 1024
"""Most bytes of the tickets that a batch changes, as JSON; the documents take about five times as much."""
LARGE_TICKET = 16 * 1024
"""Average bytes of a ticket and its events. A batch of such tickets is folded only after the last one is written."""
WRITE_CONFLICT = 112
"""MongoDB's error code WriteConflict."""
CAUTION = 100
"""Batches that succeed before one as large as the failed one is tried again."""


class BatchLimit:
    """The most records of a batch: half after a failure, and an eighth more after each full batch that succeeds."""

    def __init__(self, most: int = MOST_RECORDS) -> None:
        self.records = most
        self._most = most
        self._ceiling = most
        self._fitted = 0

    @property
    def lowered(self) -> int | None:
        """Return the limit if it is lowered, else None. The next worker begins with it."""
        return self.records if self.records < self._most else None

    def begin(self, records: int) -> None:
        """Take `records` at most: the limit that another worker reached."""
        self.records = min(self.records, records)

    def shrink(self, failed: int) -> None:
        """Take half of the `failed` records at most, but at least one, and fewer than `failed` for some time."""
        self.records = max(1, failed // 2)
        self._ceiling, self._fitted = max(1, failed - 1), 0

    def grow(self, fitted: int) -> None:
        """Take more if the batch of `fitted` records was as large as the limit allows."""
        self._fitted += 1
        if self._fitted >= CAUTION:
            self._ceiling = self._most
        if fitted >= self.records:
            self.records = min(self._ceiling, self.records + max(1, self.records // 8))

    def lift(self) -> None:
        """Allow the usual size again: the failure was that of a single record, which is not tried for now."""
        self._ceiling = self._most


def blames_the_batch(failure: Exception) -> bool:
    """Return whether a smaller batch may succeed where this one failed.

    True when MongoDB refuses the batch or takes too long, and when the batch cannot be folded. False when an engine is
    away or another worker was faster.
    """
    if isinstance(failure, OperationFailure | NetworkTimeout):
        return True
    return not isinstance(failure, PyMongoError | KafkaError | FencedError | TimeoutError)


def is_conflict(failure: Exception) -> bool:
    """Return whether a transaction was aborted because of another one, for instance of a worker that was killed.

    That ends within MongoDB's time limit for transactions, and no event is the reason.
    """
    return isinstance(failure, OperationFailure) and failure.code == WRITE_CONFLICT
