"""Failed attempts of the projection: counted, because too many of them end the worker."""

from time import monotonic

from services.projector.intake.halving import BatchFailedError
from services.projector.projection_log import log
from shared.telemetry.failures import describe

FAILURES = 30
"""Failures without success in between after which the worker gives up and is restarted."""
APART_SECONDS = 60.0
"""After this many seconds without a failure, counting begins again."""


class StuckError(Exception):
    """The projection fails again and again; the text says why and contains nothing of the tickets."""


class FailedAttempts:
    """Counts failures since the last success."""

    def __init__(self) -> None:
        self.count = 0
        self._failed_at = monotonic()

    def note(self, failure: Exception) -> None:
        """Count and log a failure; raises `StuckError` at number `FAILURES`."""
        last, self._failed_at = self._failed_at, monotonic()
        self.count = self.count + 1 if self._failed_at - last < APART_SECONDS else 1
        if isinstance(failure, BatchFailedError) and failure.is_settled:
            self.count = 0
        self.log(failure)
        if self.count == FAILURES:
            raise StuckError(f"Gave up after {FAILURES} attempts: {describe(failure)}") from None

    def log(self, failure: Exception) -> None:
        """Log a failure without counting it."""
        log.warning("batch_failed", kind=type(failure).__name__, reason=describe(failure), failures=self.count)

    def forget(self) -> None:
        """Count from zero again: an attempt succeeded."""
        self.count = 0
