"""Entity tags: how they are made, and the answer 304 to a client that names the one it has (RFC 9110, 8.8.3, 13.1.2).

All tags here are strong: answers with equal tags are equal byte by byte. Every gateway makes the same tag for the same
answer, now and after a restart. There are two ways to make one (decision 0029):

- `digest_tag`, from the bytes of an answer that is whole in memory.
- `views_tag`, from what the views are and what is selected in them, for a stream: its headers are sent before its body
  is known.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.responses import Response

from shared.http.answers import json_response
from shared.http.asgi import Scope, header_values
from shared.read_model import LAYOUT
from shared.storage.checkpoints import Progress

STREAMED: Final = 1
"""Version of how streams are put together from stored bytes. A change of their bytes adds 1, so that tags change.

`tests/unit/services/gateway/answers/test_export_forms.py` compares the bytes with those of this version.
"""
DIGITS: Final = 32
"""Hexadecimal digits of a tag: half of a SHA-256, which is faster than BLAKE2 where the processor computes it."""


def digest_tag(head: bytes, body: bytes) -> str:
    """Return the tag of an answer with this body. `head`, one line, is what the client is told about it in headers."""
    digest = hashlib.sha256(b"%b\n" % head, usedforsecurity=False)
    digest.update(body)
    return _quoted(digest.hexdigest())


def views_tag(progress: Progress, *selected: object) -> str | None:
    """Return the tag of a stream that is made from the views at `progress`; None while that says nothing about them.

    It is strong: the views do not change while what is applied is the same (`Progress`), the queries of a stream are
    sorted by unique fields, and `selected` determines all else: form, page, selection, scope. Each of `selected` has a
    `repr` that is the same in every process.
    """
    if progress.written is None:
        return None
    made_from = (LAYOUT, STREAMED, progress.written, *selected)
    return _quoted(hashlib.sha256(repr(made_from).encode(), usedforsecurity=False).hexdigest())


def _quoted(digest: str) -> str:
    return f'"{digest[:DIGITS]}"'


def named_tags(scope: Scope) -> str | None:
    """Return the values of `If-None-Match` of a request, joined; None without that header."""
    values = header_values(scope["headers"], b"if-none-match")
    return ",".join(values) if values else None


def names(named: str | None, tag: str) -> bool:
    """Return whether `If-None-Match` names the strong `tag`, compared weakly, or any tag by `*`.

    A tag is in quotes and has none inside, and only commas, spaces and `W/` are between tags. So a quoted tag that is
    found anywhere in the list is one of the list.
    """
    return named is not None and (tag in named or named.strip(" \t") == "*")


def unchanged(tag: str, headers: Mapping[str, str]) -> Response:
    """Return the answer 304: the client has the answer with `tag`. `headers` are those of the answer itself."""
    return Response(status_code=304, headers={**headers, "ETag": tag})


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """An answer with its tag, and the answer to clients that have it. Both may be sent to several clients."""

    tag: str
    whole: Response
    unchanged: Response = field(repr=False)

    def to(self, named: str | None) -> Response:
        """Return what a client gets that sent `named` as `If-None-Match`."""
        return self.unchanged if names(named, self.tag) else self.whole


def tagged_json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Tagged:
    """Return an answer whose body is the JSON `body`, with a tag for body, status and headers."""
    told = headers or {}
    tag = digest_tag(repr((status, *told.items())).encode(), body)
    return Tagged(tag, json_response(body, status, {**told, "ETag": tag}), unchanged(tag, told))
