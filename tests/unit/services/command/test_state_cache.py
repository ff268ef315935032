"""The bound of the states kept in memory."""

from services.command.state_cache import StateCache
from services.command.ticket.decision_state import DecisionState


def test_the_last_state_is_kept() -> None:
    cache = StateCache(100)
    cache.put(DecisionState("a", version=1))
    cache.put(DecisionState("a", version=2))
    assert cache.get("a") == DecisionState("a", version=2)
    assert cache.get("b") is None
    cache.forget("a")
    cache.forget("a")
    assert cache.get("a") is None


def test_the_tickets_used_longest_ago_make_room() -> None:
    cache = StateCache(30)
    for ticket in "abc":
        cache.put(DecisionState(ticket, version=9))
    cache.get("a")
    cache.put(DecisionState("d", version=9))
    assert [ticket for ticket in "abcd" if cache.get(ticket)] == ["a", "c", "d"]


def test_a_ticket_counts_by_its_events() -> None:
    cache = StateCache(30)
    cache.put(DecisionState("a", version=1))
    cache.put(DecisionState("b", version=1))
    cache.put(DecisionState("b", version=27))
    assert cache.get("a") is not None
    cache.put(DecisionState("b", version=28))
    assert cache.get("a") is None
    cache.put(DecisionState("huge", version=1_000))
    assert [ticket for ticket in ("a", "b", "huge") if cache.get(ticket)] == []
    cache.put(DecisionState("a", version=1))
    assert cache.get("a") is not None
