"""The attacks on a gateway's connections; each is limited in number and time."""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import orjson

from deploy.embedded.data_folder import LOOPBACK
from services.cli.demo.setup import Account
from shared.clock import utc_now, wire

HELD_SECONDS = 6.0
"""How long an attack keeps its connections open at most."""
SMALL_BUFFER = 4_096
"""Receive buffer, in bytes, of a client that does not read."""
BODY = 255 * 1024
SILENT, BODIES, EXPORTS, FEEDS, LOGINS, STRANGERS = 1_000, 200, 10, 20, 34, 40
LARGE_PIECE = b"b" * (1 << 20)


@dataclass(slots=True)
class Attacker:
    """A client that attacks the gateway at `port`, and the statuses of the answers it received.

    `cookie` is the header of a session that sees everything; `reader` is a user who may log in.
    """

    port: int
    cookie: str
    reader: Account
    statuses: Counter[str] = field(default_factory=Counter)

    async def send(self, pieces: Iterable[bytes], *, reads: bool = True, address: str = LOOPBACK) -> None:
        """Send `pieces` on a connection from the loopback `address`, and read answers for `HELD_SECONDS` at most."""
        taken = "closed"
        with socket.socket() as plain:
            plain.setblocking(False)
            if not reads:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            plain.bind((address, 0))
            loop = asyncio.get_running_loop()
            with suppress(OSError):
                try:
                    async with asyncio.timeout(HELD_SECONDS):
                        await loop.sock_connect(plain, (LOOPBACK, self.port))
                        taken = "open"
                        with suppress(OSError):  # an answer that came before the rest was sent can still be read
                            for piece in pieces:
                                await loop.sock_sendall(plain, piece)
                        if not reads:
                            await asyncio.sleep(HELD_SECONDS)
                        first = await loop.sock_recv(plain, 65_536)
                        taken = first[9:12].decode() or "closed"
                        while await loop.sock_recv(plain, 65_536):
                            pass
                except TimeoutError:
                    pass
        self.statuses[taken] += 1

    async def at_once(self, count: int, pieces: Callable[[int], Iterable[bytes]], *, reads: bool = True) -> None:
        """Send on `count` connections at the same time."""
        await asyncio.gather(*(self.send(pieces(number), reads=reads) for number in range(count)))

    def post(self, path: str, *fields: str, length: int | None = None) -> bytes:
        """Return the head of a POST request."""
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *fields]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def get(self, path: str) -> bytes:
        """Return a GET request with the session."""
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\n\r\n".encode()

    def login(self, login: str, password: str) -> bytes:
        """Return a complete login request."""
        body = orjson.dumps({"login": login, "password": password})
        return self.post("/api/v1/login", "Connection: close", length=len(body)) + body


Attack = Callable[[Attacker], Awaitable[None]]
START = b"GET /api/v1/tickets HTTP/1.1\r\nHost: localhost\r\n"
TICKETS = "/api/vEvent/tickets"


async def _nothing(_attacker: Attacker) -> None:
    await asyncio.sleep(HELD_SECONDS / 2)


async def _many_fields(attacker: Attacker) -> None:
    await attacker.send([START, *[b"a:\r\n" * 10_000] * 250])


async def _long_field(attacker: Attacker) -> None:
    await attacker.send([START, b"a: ", *[LARGE_PIECE] * 60])


async def _long_line(attacker: Attacker) -> None:
    await attacker.send([b"GET /", *[LARGE_PIECE] * 60])


async def _many_trailers(attacker: Attacker) -> None:
    fields = ("Transfer-Encoding: chunked", f"Cookie: {attacker.cookie}")
    await attacker.send([attacker.post(TICKETS, *fields), b"2\r\n{}\r\n0\r\n", *[b"a:\r\n" * 10_000] * 250])


async def _silent(attacker: Attacker) -> None:
    await attacker.at_once(SILENT, lambda _: ())


async def _half_heads(attacker: Attacker) -> None:
    await attacker.at_once(SILENT, lambda _: (START,))


async def _bodies_without_session(attacker: Attacker) -> None:
    body = b"x" * (BODY - 1)
    await attacker.at_once(BODIES, lambda _: (attacker.post(TICKETS, length=BODY), body))


async def _bodies_with_session(attacker: Attacker) -> None:
    body, cookie = b"x" * (BODY - 1), f"Cookie: {attacker.cookie}"
    await attacker.at_once(BODIES, lambda _: (attacker.post(TICKETS, cookie, length=BODY), body))


async def _small_chunks(attacker: Attacker) -> None:
    head = attacker.post("/nowhere", "Transfer-Encoding: chunked")
    await attacker.at_once(4, lambda _: (head, *[b"1\r\nx\r\n" * 10_000] * 330))


async def _logins_without_bodies(attacker: Attacker) -> None:
    asked = attacker.post("/api/v1/login", length=8_000)
    addresses = (f"127.0.{4 + number // 250}.{1 + number % 250}" for number in range(SILENT + 50))
    await asyncio.gather(*(attacker.send([asked], address=address) for address in addresses))


async def _unread_exports(attacker: Attacker) -> None:
    asked = attacker.get("/api/v1/tickets/export")
    await attacker.at_once(EXPORTS, lambda _: (asked,), reads=False)


async def _unread_feeds(attacker: Attacker) -> None:
    now = utc_now()

    def asked(number: int) -> Iterable[bytes]:
        since = now - timedelta(hours=1, milliseconds=number)  # no two share an answer
        window = urlencode({"from": wire(since), "to": wire(now), "range": "0-99"})
        return (attacker.get(f"/api/vEvent/tickets?{window}"),)

    await attacker.at_once(FEEDS, asked, reads=False)


async def _one_logs_in_many_times(attacker: Attacker) -> None:
    asked = attacker.login(attacker.reader.login, attacker.reader.password)
    await attacker.at_once(LOGINS, lambda _: (asked,))


async def _strangers_log_in(attacker: Attacker) -> None:
    logins = (attacker.login(f"stranger-{number}", "wrong") for number in range(STRANGERS))
    addresses = (f"127.0.1.{number + 1}" for number in range(STRANGERS))
    await asyncio.gather(
        *(attacker.send([asked], address=address) for asked, address in zip(logins, addresses, strict=True))
    )


ATTACKS: Mapping[str, Attack] = {
    "nothing": _nothing,
    "a head of 2,500,000 fields": _many_fields,
    "a field of 60 MB": _long_field,
    "a request line of 60 MB": _long_line,
    "2,500,000 trailers": _many_trailers,
    f"{SILENT:,} silent connections": _silent,
    f"{SILENT:,} half heads": _half_heads,
    f"{BODIES} bodies that do not end, without session": _bodies_without_session,
    f"{BODIES} bodies that do not end": _bodies_with_session,
    "4 bodies of 20 MB in chunks of one byte": _small_chunks,
    f"{SILENT + 50:,} logins whose bodies do not come, each from another address": _logins_without_bodies,
    f"{FEEDS} feeds of 25 MB that nobody reads": _unread_feeds,
    f"{EXPORTS} exports of 24 MB that nobody reads": _unread_exports,
    f"one user logs in {LOGINS} times at once": _one_logs_in_many_times,
    f"{STRANGERS} strangers log in from as many addresses": _strangers_log_in,
}
