"""Head and body of an answer in one write."""

import asyncio

import pytest

from shared.http.protocol_endings import Joining
from tests.support.clients.echo import echoing, wired


class Written(asyncio.Transport):
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.parts.append(bytes(data))


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        ([b"head"], []),
        ([b"head", b"body"], [b"headbody"]),
        ([b"head", b""], [b"head"]),
        ([b"head", b"1", b"", b"3"], [b"head1", b"", b"3"]),
    ],
)
def test_the_head_waits_for_the_first_part_of_the_body(parts: list[bytes], written: list[bytes]) -> None:
    transport = Written()
    joining = Joining(transport)
    for part in parts:
        joining.write(part)
    assert transport.parts == written


async def test_an_answer_that_can_have_no_body_is_sent_at_once() -> None:
    async with echoing() as echo, wired(echo) as wire:
        await wire.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await wire.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        await wire.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await wire.answer())[0] == 200
