"""What a request says about who sends it: a token, or else the cookies of sessions (contract 87 and 91). Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from shared.accounts.session_cookie import session_tokens

NO_CREDENTIALS = (b"www-authenticate", b"Bearer")
_BEARER = re.compile(r"bearer(?![\w!#$%&'*+.^`|~-])", re.ASCII | re.IGNORECASE)
"""The scheme, and not a longer one that begins like it. What follows is the token, or no valid one."""
BAD_TOKEN = (b"www-authenticate", b'Bearer error="invalid_token"')


class Credentials(NamedTuple):
    """A token and session cookies; a token decides alone.

    `token` is None in a request without a header `Authorization: Bearer`. It is empty, which no token is, when such a
    header has none, or when two name different ones.
    """

    token: str | None = None
    sessions: tuple[str, ...] = ()

    def are_given(self) -> bool:
        """Return whether the request has any of them. They may be wrong."""
        return self.token is not None or bool(self.sessions)

    def challenge(self) -> tuple[bytes, bytes]:
        """Return the header of an answer 401 (RFC 6750)."""
        return NO_CREDENTIALS if self.token is None else BAD_TOKEN


def read_credentials(headers: Iterable[tuple[bytes, bytes]]) -> Credentials:
    """Return the credentials in the headers of a request. Their names are in lower case.

    Other schemes of `Authorization` are ignored: they are meant for a proxy before the gateway.
    """
    token, cookies = None, []
    for name, value in headers:
        if name == b"cookie":
            cookies.append(value.decode("latin-1"))
        elif name == b"authorization" and (named := _BEARER.match(text := value.decode("latin-1").strip())):
            sent = text[named.end() :].strip()
            token = sent if token in (None, sent) else ""
    return Credentials(token, session_tokens(cookies))
