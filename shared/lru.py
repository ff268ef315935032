"""A bounded cache that drops the least recently used entries first. Pure.

It is written here because these lines cost less than another pinned dependency. Several threads need a lock around it.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class LruCache(Generic[Key, Value]):
    """At most `entries` entries, whose sizes add up to at most `size`.

    `size_of` returns the size of a value, which must not change while the value is kept.
    """

    __slots__ = ("_entries", "_most_entries", "_most_size", "_size", "_size_of")

    def __init__(
        self, entries: int = sys.maxsize, *, size: int = sys.maxsize, size_of: Callable[[Value], int] = lambda _: 0
    ) -> None:
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self._most_entries = entries
        self._most_size = size
        self._size_of = size_of
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Key]:
        """Yield the keys, the least recently used one first."""
        return iter(self._entries)

    def __getitem__(self, key: Key) -> Value:
        return self._entries[key]

    def get(self, key: Key) -> Value | None:
        """Return the value of `key` or None. This does not count as a use."""
        return self._entries.get(key)

    def use(self, key: Key) -> Value | None:
        """Return the value of `key` or None, and make it the most recently used one."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key]

    def put(self, key: Key, value: Value) -> list[tuple[Key, Value]]:
        """Keep `value` as the most recently used one, and return the entries that were dropped for it.

        A value that is larger than the whole cache is dropped as well.
        """
        if key in self._entries:
            self._size -= self._size_of(self._entries[key])
            self._entries.move_to_end(key)
        self._entries[key] = value
        self._size += self._size_of(value)
        dropped = []
        while len(self._entries) > self._most_entries or self._size > self._most_size:
            dropped.append(self.pop_oldest())
        return dropped

    def pop(self, key: Key) -> Value | None:
        """Remove `key` and return its value, or None if it is not kept."""
        if key not in self._entries:
            return None
        value = self._entries.pop(key)
        self._size -= self._size_of(value)
        return value

    def pop_oldest(self) -> tuple[Key, Value]:
        """Remove and return the least recently used entry. Raises `KeyError` when the cache is empty."""
        key, value = self._entries.popitem(last=False)
        self._size -= self._size_of(value)
        return key, value

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()
        self._size = 0
