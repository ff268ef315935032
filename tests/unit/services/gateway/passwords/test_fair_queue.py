from collections import Counter
from random import Random

import pytest

from services.gateway.passwords.fair_queue import FairQueue


def filled(places: int, *paths: tuple[str, str]) -> FairQueue[str]:
    """Add one item for each path; its name is the path and a number."""
    turns = FairQueue[str](places, Random(1))  # noqa: S311 - the same choices in every run
    for number, path in enumerate(paths):
        assert turns.add(path, f"{'/'.join(path)} {number}") is None
    return turns


def served(turns: FairQueue[str]) -> list[str]:
    return [item.split()[0] for item in iter(turns.take, None)]


def test_items_of_one_group_are_served_in_order() -> None:
    turns = filled(9, *[("a", "x")] * 3)
    assert list(iter(turns.take, None)) == ["a/x 0", "a/x 1", "a/x 2"]
    assert len(turns) == 0


def test_groups_take_turns_independent_of_their_sizes() -> None:
    turns = filled(9, *[("a", "x")] * 4, ("b", "x"), ("c", "x"), ("c", "x"))
    assert served(turns) == ["a/x", "b/x", "c/x", "a/x", "c/x", "a/x", "a/x"]


def test_groups_inside_a_group_take_turns_as_well() -> None:
    turns = filled(9, *[("a", "x")] * 3, ("a", "y"), ("b", "z"))
    assert served(turns) == ["a/x", "b/z", "a/y", "a/x", "a/x"]


def test_a_single_group_may_have_all_places_and_no_more() -> None:
    turns = filled(3, *[("a", "x")] * 3)
    assert turns.add(("a", "x"), "late") == "late"
    assert served(turns) == ["a/x"] * 3


def test_the_last_item_of_the_largest_group_gives_way_to_a_smaller_group() -> None:
    turns = filled(4, *[("a", "x")] * 3, ("b", "x"))
    assert turns.add(("b", "y"), "b/y 4") == "a/x 2"
    assert turns.add(("b", "y"), "b/y 5") == "b/y 5"
    assert turns.add(("a", "y"), "a/y 6") == "a/x 1"
    assert served(turns) == ["a/x", "b/x", "a/y", "b/y"]


@pytest.mark.parametrize("within", [(), ("a",)])
def test_chance_decides_among_groups_of_one_size_including_the_newcomer(within: tuple[str, ...]) -> None:
    left: Counter[str] = Counter()
    for seed in range(4_000):
        turns = FairQueue[str](3, Random(seed))  # noqa: S311 - the same choices in every run
        for name in ("first", "second", "third"):
            assert turns.add((*within, name), name) is None
        left[turns.add((*within, "newcomer"), "newcomer") or ""] += 1
        assert len(turns) == 3
    assert left.keys() == {"first", "second", "third", "newcomer"}
    assert all(900 < count < 1_100 for count in left.values())


@pytest.mark.parametrize("arriving", [2, 10])
def test_waiting_items_do_not_reduce_the_share_of_newcomers(arriving: int) -> None:
    """In each turn `arriving` strangers come, each from a new address; the last one is honest."""
    turns, sent, done = filled(32, *[(f"{number}", "x") for number in range(32)]), 2_000, Counter[str]()
    for turn in range(sent):
        done[(turns.take() or "").split()[0]] += 1
        for number in range(1, arriving):
            turns.add((f"{turn} {number}", "x"), "attacker")
        turns.add((f"{turn} honest", "x"), "honest")
    assert 0.8 / arriving < done["honest"] / sent < 1.2 / arriving


def test_a_group_of_many_small_groups_does_not_keep_another_out() -> None:
    turns = filled(40, *[("strangers", str(number)) for number in range(40)])
    assert turns.add(("known", "home"), "known/home") != "known/home"
    assert (turns.take() or "").startswith("strangers/")
    assert turns.take() == "known/home"


def test_a_discarded_item_is_not_served() -> None:
    turns = filled(9, ("a", "x"), ("a", "y"), ("b", "x"))
    turns.discard(("a", "x"), "a/x 0")
    turns.discard(("a", "x"), "a/x 0")
    turns.discard(("a", "y"), "another")
    assert len(turns) == 2
    assert served(turns) == ["a/y", "b/x"]


def test_nothing_is_kept_of_a_discarded_item() -> None:
    turns = filled(2, ("a", "x"), ("b", "x"))
    for number in range(1_000):
        turns.add((f"{number}", "x"), "late")
    assert len(served(turns)) == 2
    assert not turns._all.groups
