"""The bounds of a cache, and which entries it drops."""

import pytest

from shared.lru import LruCache


def test_entries_put_longest_ago_are_dropped_first() -> None:
    cache = LruCache[str, int](2)
    assert cache.put("a", 1) == cache.put("b", 2) == []
    assert cache.put("c", 3) == [("a", 1)]
    assert [cache.get(key) for key in "abc"] == [None, 2, 3]
    assert list(cache) == ["b", "c"]
    assert ("a" in cache, "b" in cache, len(cache)) == (False, True, 2)


def test_use_and_put_make_an_entry_the_most_recent_one_and_get_does_not() -> None:
    cache = LruCache[str, int](3)
    for value, key in enumerate("abc"):
        cache.put(key, value)
    assert cache.use("a") == cache.get("a") == cache["a"] == 0
    cache.put("b", 9)
    assert cache.get("c") == 2
    assert cache.use("missing") is None
    assert [cache.pop_oldest() for _ in "abc"] == [("c", 2), ("a", 0), ("b", 9)]


def test_sizes_add_up_to_no_more_than_the_bound() -> None:
    cache = LruCache[str, str](size=10, size_of=len)
    cache.put("a", "1234")
    cache.put("b", "1234")
    assert cache.put("a", "123456") == []
    assert cache.put("c", "1") == [("b", "1234")]
    assert cache.pop("a") == "123456"
    assert cache.pop("a") is None
    assert cache.put("d", "123456789") == []
    assert cache.put("huge", "12345678901") == [("c", "1"), ("d", "123456789"), ("huge", "12345678901")]
    cache.put("e", "1234567890")
    cache.clear()
    assert len(cache) == 0
    assert cache.put("f", "1234567890") == []


def test_an_empty_cache_has_no_oldest_entry() -> None:
    cache = LruCache[str, int](0)
    assert cache.put("a", 1) == [("a", 1)]
    with pytest.raises(KeyError):
        cache.pop_oldest()
    assert list(cache) == []
