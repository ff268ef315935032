"""Static files: kept in memory, compressed once, with a hash of their content as entity tag."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.answers.compression import takes_gzip
from services.gateway.answers.entity_tags import named_tags, names

LEVEL = 6
ALWAYS_ASKED: Final = {"Cache-Control": "no-cache"}
"""A browser keeps a file, but asks each time whether it has changed. So it never mixes files of two versions."""
MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
"""Media types by the end of a name. Python's own table depends on its version and on the machine."""


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


def kept_file(file: Traversable, headers: Mapping[str, str]) -> KeptFile:
    """Return a file, which is read here. `headers` are part of each answer, like `ALWAYS_ASKED`."""
    media_type = MEDIA_TYPES[PurePath(file.name).suffix]
    return KeptFile(file.read_bytes(), media_type, {**ALWAYS_ASKED, **headers})


def kept_files(files: Iterable[Traversable], headers: Mapping[str, str]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of `files`, which are read once, here. The parameter `name` of its path names one of them."""
    kept = {file.name: kept_file(file, headers) for file in files}

    async def send_file(request: Request) -> Response:
        file = kept.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return file.answer(request)

    return send_file
