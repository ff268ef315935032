"""Static files: kept in memory, compressed once, with a hash of their content as entity tag."""

import gzip
import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.answers.compression import takes_gzip
from services.gateway.answers.entity_tags import named_tags, names

LEVEL = 6


class KeptFile:
    """A file and its answers. `headers` are part of each answer."""

    def __init__(self, content: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        digest = hashlib.sha256(content).hexdigest()[:32]
        packed = gzip.compress(content, LEVEL, mtime=0)
        self._media_type = media_type
        self._plain = (content, {**headers, "ETag": f'"{digest}"', "Vary": "Accept-Encoding"})
        self._packed = self._plain
        if len(packed) < len(content):
            encoded = {"ETag": f'"{digest}-gzip"', "Content-Encoding": "gzip"}
            self._packed = (packed, {**self._plain[1], **encoded})

    def answer(self, request: Request) -> Response:
        """Return the file, compressed if the client asks for it, or 304 if the client has it."""
        accepted = ",".join(request.headers.getlist("accept-encoding"))
        content, headers = self._packed if takes_gzip(accepted) else self._plain
        if names(named_tags(request.scope), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=self._media_type)
