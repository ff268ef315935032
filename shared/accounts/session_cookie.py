"""The session cookie: its name and attributes, how it is set, and how its values are read from requests."""

from collections.abc import Iterable

COOKIE = "PI_SESSION"


def session_cookie(token: str, *, domain: str | None, secure: bool) -> str:
    """Return the `Set-Cookie` of a session. It has no expiry, because only the server decides when a session ends."""
    parts = [f"{COOKIE}={token}", "Path=/"]
    if domain:
        parts.append(f"Domain={domain}")
    parts += ["HttpOnly", "SameSite=Lax"]
    if secure:
        parts.append("Secure")
    return "; ".join(parts)


def ended_cookie(*, domain: str | None, secure: bool) -> str:
    """Return the `Set-Cookie` that makes a browser drop the cookie of a session."""
    return session_cookie("", domain=domain, secure=secure) + "; Max-Age=0"


def session_tokens(cookie_headers: Iterable[str]) -> tuple[str, ...]:
    """Return the different values of the session's cookie in `Cookie` headers, in their order.

    A browser sends several when they were set for several domains or paths. Old clients also send the attributes of
    `Set-Cookie`. The limit of a head, 32 KiB, limits their number.
    """
    found: dict[str, None] = {}
    for header in cookie_headers:
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE and value:
                found[value] = None
    return tuple(found)
