import pytest

from services.gateway.login import session_cookie


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
