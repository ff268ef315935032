from collections.abc import Iterable

import pytest

from services.gateway.passwords.attempts import ATTEMPT_LIMITS, KEPT, Attempts, TooManyAttemptsError


def wait(attempts: Attempts, login: str, address: str, now: float = 0.0) -> int:
    """Try a wrong password, and return the seconds until the next attempt is allowed."""
    try:
        attempts.take(login, address, now)
    except TooManyAttemptsError as limited:
        return limited.seconds
    return 0


def failures(attempts: Attempts, tried: Iterable[tuple[str, str]], now: float = 0.0) -> int:
    """Try wrong passwords, and return how many attempts were allowed."""
    return sum(not wait(attempts, login, address, now) for login, address in tried)


def right(attempts: Attempts, login: str, address: str, now: float = 0.0) -> None:
    attempts.succeed(attempts.take(login, address, now), now)


def test_a_login_from_an_address_has_some_attempts_and_then_few() -> None:
    attempts = Attempts()
    many = [("kim", "a")] * 100
    assert failures(attempts, many) == 10
    assert wait(attempts, "kim", "a", 0.0) == 30
    assert wait(attempts, "kim", "a", 20.5) == 10
    assert failures(attempts, many, 30.0) == 1
    assert failures(attempts, many, 1_000_000.0) == 10


def test_an_address_has_its_attempts_for_all_logins_together() -> None:
    attempts = Attempts()
    assert failures(attempts, [(f"login {n}", "a") for n in range(500)]) == 100
    assert wait(attempts, "another", "a") == 3
    assert wait(attempts, "another", "b") == 0


def test_a_flood_on_a_login_from_everywhere_is_limited_and_leaves_its_owner_a_way() -> None:
    attempts = Attempts()
    right(attempts, "kim", "home")
    assert failures(attempts, [("kim", f"address {n}") for n in range(500)]) == 50
    assert wait(attempts, "kim", "a new one") == 3
    assert wait(attempts, "kim", "home") == 0
    assert wait(attempts, "joe", "a new one") == 0


def test_known_logins_still_work_during_a_flood_from_their_address() -> None:
    attempts = Attempts()
    right(attempts, "kim", "proxy")
    assert failures(attempts, [(f"login {n}", "proxy") for n in range(500)]) == 100
    assert failures(attempts, [("joe", "proxy")]) == 0
    assert failures(attempts, [("kim", "proxy")] * 20) == 10


def test_right_passwords_are_limited_for_a_login_and_not_for_its_neighbours() -> None:
    attempts = Attempts()
    for _ in range(ATTEMPT_LIMITS["checks of both"].burst):
        right(attempts, "kim", "proxy")
    with pytest.raises(TooManyAttemptsError) as limited:
        attempts.take("kim", "proxy", 0.0)
    assert limited.value.seconds == 3
    right(attempts, "joe", "proxy")
    right(attempts, "kim", "home")


def test_right_passwords_are_limited_for_an_address() -> None:
    attempts = Attempts()
    for n in range(ATTEMPT_LIMITS["checks of an address"].burst):
        right(attempts, f"login {n}", "proxy")
    with pytest.raises(TooManyAttemptsError) as limited:
        attempts.take("one more", "proxy", 0.0)
    assert limited.value.seconds == 1
    right(attempts, "login 0", "proxy")
    right(attempts, "one more", "another")


def test_a_right_password_is_no_failure() -> None:
    attempts = Attempts()
    for n in range(50):
        right(attempts, "kim", "a", n * 3.0)
    assert failures(attempts, [("kim", "a")] * 100, 150.0) == 10


def test_a_cancelled_attempt_is_not_counted() -> None:
    attempts = Attempts()
    for n in range(1_000):
        attempts.cancel(attempts.take("kim", "a", 0.0), 0.0)
        attempts.cancel(attempts.take(f"login {n}", f"address {n}", 0.0), 0.0)
    assert not any(attempts._left.values())
    assert failures(attempts, [("kim", "a")] * 100) == 10


def test_what_may_not_be_tried_costs_nothing() -> None:
    attempts = Attempts()
    failures(attempts, [("kim", "a")] * 100)
    assert {wait(attempts, "kim", "a") for _ in range(100)} == {30}


def test_memory_is_bounded() -> None:
    attempts = Attempts()
    for n in range(KEPT + 1):
        attempts.take(f"login {n}", f"address {n}", 0.0)
    attempts.take("x" * 200_000, "a", 0.0)
    assert {len(buckets) for buckets in attempts._left.values()} == {KEPT}
    assert max(len(login) for buckets in attempts._left.values() for _, login, _ in buckets) == 32
