"""A queue that shares its places and turns fairly between groups. Pure.

Each item has a path of groups, from the widest to the narrowest: for instance its address, then its account. The groups
inside a group take turns. When the queue is full, the group with the most places loses one. So one group with many
items cannot keep the others out. Between groups of the same size, chance decides. Otherwise the waiting items could
keep out new ones.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from random import Random
from typing import Generic, TypeVar

Item = TypeVar("Item")
Path = Sequence[Hashable]


class _Group(Generic[Item]):
    """A group: the groups inside it, in the order in which they are served. At the end of a path, the waiting items."""

    __slots__ = ("groups", "items", "size")

    def __init__(self) -> None:
        self.groups: OrderedDict[Hashable, _Group[Item]] = OrderedDict()
        self.items: deque[Item] = deque()
        self.size = 0


class FairQueue(Generic[Item]):
    """A queue of at most `places` items, each with its path. All paths have the same length."""

    def __init__(self, places: int, chance: Random) -> None:
        self._places = places
        self._chance = chance
        self._all: _Group[Item] = _Group()

    def __len__(self) -> int:
        """Return the number of waiting items."""
        return self._all.size

    def add(self, path: Path, item: Item) -> Item | None:
        """Add `item`. Return the item that loses its place, which may be `item` itself, or None when there was a place.

        It is the last item of the largest group. Between groups of the same size, `chance` chooses.
        """
        group = self._all
        group.size += 1
        for key in path:
            group = group.groups.setdefault(key, _Group())
            group.size += 1
        group.items.append(item)
        return self._last_of_the_largest() if self._all.size > self._places else None

    def take(self) -> Item | None:
        """Remove and return the next item; None when the queue is empty."""
        if not self._all.size:
            return None
        group = self._all
        group.size -= 1
        while group.groups:
            key, inner = group.groups.popitem(last=False)
            inner.size -= 1
            if inner.size:
                group.groups[key] = inner  # the other groups are served before it is served again
            group = inner
        return group.items.popleft()

    def discard(self, path: Path, item: Item) -> None:
        """Remove `item`, which was added with `path`, if it is still in the queue."""
        group = self._all
        for key in path:
            if key not in group.groups:
                return
            group = group.groups[key]
        if item in group.items:
            group.items.remove(item)
            self._shrink(path)

    def _last_of_the_largest(self) -> Item:
        group, path = self._all, list[Hashable]()
        while group.groups:
            most = max(inner.size for inner in group.groups.values())
            key = self._chance.choice([key for key, inner in group.groups.items() if inner.size == most])
            group = group.groups[key]
            path.append(key)
        left = group.items.pop()
        self._shrink(path)
        return left

    def _shrink(self, path: Path) -> None:
        group = self._all
        group.size -= 1
        for key in path:
            inner = group.groups[key]
            inner.size -= 1
            if not inner.size:
                del group.groups[key]
                return
            group = inner
