from services.gateway.passwords.known_places import KEPT, OF_ONE_LOGIN, KnownPlaces


def test_a_successful_login_is_known_only_at_its_address() -> None:
    known = KnownPlaces()
    known.add(b"kim", b"home")
    assert known.has_login_at(b"kim", b"home")
    assert known.has_address(b"home")
    assert not known.has_login_at(b"kim", b"away")
    assert not known.has_login_at(b"ann", b"home")
    assert not known.has_address(b"away")


def test_a_known_login_shares_with_itself_and_others_by_address() -> None:
    known = KnownPlaces()
    known.add(b"kim", b"home")
    known.add(b"kim", b"office")
    assert known.path(b"kim", b"home") == ("login", b"kim", b"home")
    assert known.path(b"kim", b"office") == ("login", b"kim", b"office")
    assert known.path(b"ann", b"home") == ("address", b"home", b"ann")
    assert known.path(b"kim", b"away") == ("address", b"away", b"kim")


def test_one_login_with_many_addresses_makes_no_other_forgotten() -> None:
    known = KnownPlaces()
    known.add(b"kim", b"home")
    for number in range(KEPT + 1):
        known.add(b"roamer", b"address %d" % number)
    assert known.has_login_at(b"kim", b"home")
    assert len(known) == 1 + OF_ONE_LOGIN
    assert known.has_login_at(b"roamer", b"address %d" % KEPT)
    assert not known.has_address(b"address 0")


def test_memory_is_bounded_and_what_succeeded_last_is_kept() -> None:
    known = KnownPlaces()
    known.add(b"first", b"shared")
    known.add(b"second", b"shared")
    for number in range(KEPT - 1):
        known.add(b"%d" % number, b"address %d" % number)
        known.add(b"second", b"shared")
    assert len(known) == KEPT
    assert not known.has_login_at(b"first", b"shared")
    assert known.has_login_at(b"second", b"shared")
    assert known.has_address(b"shared")
    for number in range(KEPT):
        known.add(b"%d" % number, b"elsewhere")
    assert not known.has_address(b"shared")
    kept = sum(len(known._addresses[login]) for login in known._addresses)
    assert kept == len(known) == known._logins_at.total() == KEPT
