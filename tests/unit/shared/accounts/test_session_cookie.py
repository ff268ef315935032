import pytest

from shared.accounts.session_cookie import session_cookie, session_tokens


@pytest.mark.parametrize(
    ("domain", "secure", "cookie"),
    [
        (None, False, "PI_SESSION=t0ken; Path=/; HttpOnly; SameSite=Lax"),
        ("example.org", False, "PI_SESSION=t0ken; Path=/; Domain=example.org; HttpOnly; SameSite=Lax"),
        (None, True, "PI_SESSION=t0ken; Path=/; HttpOnly; SameSite=Lax; Secure"),
    ],
)
def test_the_cookie_says_where_it_is_valid(domain: str | None, secure: bool, cookie: str) -> None:
    assert session_cookie("t0ken", domain=domain, secure=secure) == cookie


@pytest.mark.parametrize(
    ("headers", "tokens"),
    [
        ([], ()),
        (["", "PI_SESSION=", "pi_session=a; OTHER=b; XPI_SESSION=c; PI_SESSION"], ()),
        (["PI_SESSION=a; Path=/; Domain=x; HTTPOnly"], ("a",)),
        ([" PI_SESSION=a;PI_SESSION=b==; PI_SESSION=a", "PI_SESSION=c"], ("a", "b==", "c")),
        (["; ".join(f"PI_SESSION={number}" for number in range(99))], tuple(map(str, range(99)))),
    ],
)
def test_tokens_are_found_in_their_order_in_all_cookie_headers(headers: list[str], tokens: tuple[str, ...]) -> None:
    assert session_tokens(headers) == tokens
