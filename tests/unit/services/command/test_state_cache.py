"""The bound of the states kept in memory."""

from services.command.state_cache import StateCache
from services.command.ticket.state import TicketState


def test_the_state_put_last_is_the_one_that_is_kept() -> None:
    cache = StateCache(100)
    cache.put(TicketState("a", version=1))
    cache.put(TicketState("a", version=2))
    assert cache.get("a") == TicketState("a", version=2)
    assert cache.get("b") is None
    cache.forget("a")
    cache.forget("a")
    assert cache.get("a") is None


def test_the_tickets_used_longest_ago_make_room() -> None:
    cache = StateCache(30)
    for ticket in "abc":
        cache.put(TicketState(ticket, version=9))
    cache.get("a")
    cache.put(TicketState("d", version=9))
    assert [ticket for ticket in "abcd" if cache.get(ticket)] == ["a", "c", "d"]


def test_a_ticket_counts_by_its_events() -> None:
    cache = StateCache(30)
    cache.put(TicketState("a", version=1))
    cache.put(TicketState("b", version=1))
    cache.put(TicketState("b", version=27))
    assert cache.get("a") is not None
    cache.put(TicketState("b", version=28))
    assert cache.get("a") is None
    cache.put(TicketState("huge", version=1_000))
    assert [ticket for ticket in ("a", "b", "huge") if cache.get(ticket)] == []
    cache.put(TicketState("a", version=1))
    assert cache.get("a") is not None
