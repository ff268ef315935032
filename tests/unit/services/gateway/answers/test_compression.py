from typing import Any

import pytest

from services.gateway.answers.compression import Compressing, takes_gzip


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("gzip;q=1.0, identity; q=0.5", True),
        ("gzip;q=0", False),
        ("br;q=1, gzip; q=0.000", False),
        ("gzip;q=0.001", True),
        ("bgzip", False),
    ],
)
def test_gzip_is_used_if_accepted_and_not_refused(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes


async def sent_headers(accepted: bytes, status: int, body: bytes) -> dict[bytes, bytes]:
    """Return the headers of a streamed answer to a client that sends `Accept-Encoding`."""
    started: list[dict[bytes, bytes]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"etag", b'"x"'), (b"vary", b"Accept")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": bool(body)})
        if body:
            await send({"type": "http.response.body"})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == status
            started.append(dict(message["headers"]))

    await Compressing(app)({"type": "http", "headers": [(b"accept-encoding", accepted)]}, None, send)
    return started[0]


@pytest.mark.parametrize(
    ("accepted", "status", "body", "tag"),
    [
        (b"gzip", 200, b"{}", b'W/"x"'),
        (b"gzip", 206, b"{}", b'W/"x"'),
        (b"gzip", 304, b"", b'W/"x"'),
        (b"gzip;q=0", 200, b"{}", b'"x"'),
        (b"", 304, b"", b'"x"'),
    ],
)
async def test_an_answer_for_gzip_has_a_weak_tag(accepted: bytes, status: int, body: bytes, tag: bytes) -> None:
    headers = await sent_headers(accepted, status, body)
    assert headers[b"etag"] == tag
    assert headers[b"vary"] == b"Accept, Accept-Encoding"
    assert (b"content-encoding" in headers) is (accepted == b"gzip" and status != 304)
