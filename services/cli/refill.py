"""How far a refill of the topic is: every event of the event store, published once more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refill:
    """How many events are published once more, of how many that there were when it began."""

    done: int
    total: int

    @property
    def left(self) -> int:
        """Events still to be published."""
        return self.total - self.done


def under_way(progress: Mapping[str, Any]) -> Refill | None:
    """Give the refill that the relay's `progress` tells of; MongoDB only estimates how many events there are."""
    if refill := progress["refill"]:
        return Refill(refill["done"], max(refill["done"], refill["total"]))
    return None
