"""What counts as credentials: a token or cookies, in headers of any form."""

import pytest

from shared.accounts.credentials import BAD_TOKEN, NO_CREDENTIALS, Credentials, read_credentials

COOKIE = (b"cookie", b"PI_SESSION=a")


def sent(*values: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", value) for value in values]


@pytest.mark.parametrize(
    ("headers", "given"),
    [
        ([], Credentials()),
        ([(b"host", b"x"), COOKIE], Credentials(None, ("a",))),
        (sent(b"Bearer t"), Credentials("t")),
        ([*sent(b"bEARER   t "), COOKIE], Credentials("t", ("a",))),
        (sent(b"Bearer t", b"Bearer  t"), Credentials("t")),
        (sent(b"Bearer t", b"Bearer u"), Credentials("")),
        (sent(b"Bearer t", b"Bearer u", b"Bearer t"), Credentials("")),
        (sent(b"Bearer"), Credentials("")),
        (sent(b"Bearer "), Credentials("")),
        (sent(b"Bearer t u, v"), Credentials("t u, v")),
        (sent(b"Bearer \xe9"), Credentials("é")),
        (sent(b"Basic dDp1"), Credentials()),
        (sent(b"Basic dDp1", b"Bearer t"), Credentials("t")),
        (sent(b"", b"Bearers t", b"Bearer-x t"), Credentials()),
        (sent(b"Bearer\tt"), Credentials("t")),
        ([*sent(b"Bearer,bad"), COOKIE], Credentials(",bad", ("a",))),
        ([*sent(b"Bearer\xa0bad"), COOKIE], Credentials("bad", ("a",))),
        ([*sent(b"Bearer=t"), COOKIE], Credentials("=t", ("a",))),
    ],
)
def test_a_token_is_read_beside_cookies(headers: list[tuple[bytes, bytes]], given: Credentials) -> None:
    assert read_credentials(headers) == given
    assert given.are_given() is (given != Credentials())
    assert given.challenge() == (NO_CREDENTIALS if given.token is None else BAD_TOKEN)
