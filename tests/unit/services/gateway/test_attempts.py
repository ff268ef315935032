from services.gateway.attempts import KEPT, Attempts


def failures(attempts: Attempts, login: str, address: str, now: float = 0.0) -> int:
    """Try until it has to be waited, and tell how often it could be tried."""
    count = 0
    while not attempts.take(login, address, now):
        count += 1
        assert count < 1_000
    return count


def test_a_login_from_an_address_has_its_attempts_and_then_one_now_and_then() -> None:
    attempts = Attempts()
    assert failures(attempts, "kim", "a") == 10
    assert attempts.take("kim", "a", 0.0) == 30
    assert attempts.take("kim", "a", 20.5) == 10
    assert failures(attempts, "kim", "a", 30.0) == 1
    assert failures(attempts, "kim", "a", 1_000_000.0) == 10


def test_an_address_has_its_attempts_whatever_the_login() -> None:
    attempts = Attempts()
    assert sum(not attempts.take(f"login {n}", "a", 0.0) for n in range(500)) == 100
    assert attempts.take("another", "a", 0.0) == 3
    assert attempts.take("another", "b", 0.0) == 0


def test_a_flood_on_a_login_from_everywhere_is_limited_and_leaves_its_owner_a_way() -> None:
    attempts = Attempts()
    attempts.prove("kim", "home")
    assert sum(not attempts.take("kim", f"address {n}", 0.0) for n in range(500)) == 50
    assert attempts.take("kim", "a new one", 0.0) == 3
    assert attempts.take("kim", "home", 0.0) == 0
    assert attempts.take("joe", "a new one", 0.0) == 0


def test_an_attempt_that_is_given_back_costs_nothing() -> None:
    attempts = Attempts()
    for _ in range(1_000):
        assert attempts.take("kim", "a", 0.0) == 0
        attempts.give_back("kim", "a", 0.0)
    assert failures(attempts, "kim", "a") == 10


def test_what_may_not_be_tried_costs_nothing() -> None:
    attempts = Attempts()
    failures(attempts, "kim", "a")
    for _ in range(100):
        assert attempts.take("kim", "a", 0.0) == 30


def test_memory_is_bounded() -> None:
    attempts = Attempts()
    for n in range(KEPT + 1):
        attempts.take(f"login {n}", f"address {n}", 0.0)
        attempts.prove(f"login {n}", f"address {n}")
    attempts.take("x" * 200_000, "a", 0.0)
    assert len(attempts._left) == len(attempts._proven) == KEPT
    assert max(len(login) for _, login, _ in attempts._left) == 32
