"""The query string of a request, read by the rules of the contract (contract 7, 73, 74, 84 and 85)."""

import re
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import ParamSpec, TypeVar
from urllib.parse import unquote_to_bytes

from shared.http.request_limits import QUERY_LIMIT

_BROKEN = re.compile(rb"%(?![0-9a-fA-F]{2})")

LONGEST_NAME = 64
"""Most letters of an unknown parameter's name in a message."""

Value = TypeVar("Value")
Given = ParamSpec("Given")


class BadParameterError(ValueError):
    """A query that cannot be read. Its text is a sentence that names the parameter, never its value.

    Several wrong parameters have a sentence each.
    """


class Together:
    """Tells all wrong parameters at once: use as a context manager. Its end raises one `BadParameterError` for all."""

    def __init__(self) -> None:
        self._refusals: list[str] = []

    def __enter__(self) -> "Together":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._refusals and failure is None:
            raise BadParameterError(" ".join(self._refusals))

    def read(self, otherwise: Value, read: Callable[Given, Value], *args: Given.args, **kwargs: Given.kwargs) -> Value:
        """Return what `read` returns. Return `otherwise` if it refuses a parameter, and keep the refusal."""
        try:
            return read(*args, **kwargs)
        except BadParameterError as refusal:
            self.refuse(str(refusal))
            return otherwise

    def refuse(self, sentence: str) -> None:
        """Keep one more refusal."""
        self._refusals.append(sentence)


class Query:
    """The parameters of one request, by decoded name."""

    def __init__(self, raw: bytes, *, ignored: frozenset[str] = frozenset()) -> None:
        """Split `raw` into parameters. The values of parameters in `ignored` are not checked.

        Raises `BadParameterError` for broken percent-encoding and for bytes that are not UTF-8.
        """
        if len(raw) > QUERY_LIMIT:
            raise BadParameterError(f"The query is longer than {QUERY_LIMIT} bytes.")
        self._raw = raw
        sent: dict[bytes, list[bytes]] = {}
        for pair in filter(None, raw.split(b"&")):
            sent_name, _, value = pair.partition(b"=")
            sent.setdefault(sent_name, []).append(value)
        self._given: dict[str, list[bytes]] = {}
        for sent_name, values in sent.items():
            name = _decode("The query", sent_name)
            if name not in ignored:
                _decode(f"Parameter {name[:LONGEST_NAME]}", b"&".join(values))
                self._given.setdefault(name, []).extend(values)

    @property
    def size(self) -> int:
        """Return the number of bytes of the query."""
        return len(self._raw)

    def without(self, name: str) -> bytes:
        """Return the query as it was sent, without the parameter called `name` and without empty pairs."""
        pairs = filter(None, self._raw.split(b"&"))
        return b"&".join(pair for pair in pairs if _decode("The query", pair.partition(b"=")[0]) != name)

    def many(self, name: str) -> tuple[str, ...]:
        """Return the values of a parameter that takes several, without duplicates and empty ones."""
        sent = self._given.get(name)
        if sent is None:
            return ()
        items = dict.fromkeys(b",".join(sent).split(b","))
        return tuple(dict.fromkeys(filter(None, _items(name, items))))

    def uids(self, name: str) -> tuple[str, ...]:
        """Return the values of a parameter that takes several uids. Here an encoded comma separates values too."""
        values = (part.strip() for value in self.many(name) for part in value.split(","))
        return tuple(dict.fromkeys(filter(None, values)))

    def one(self, name: str) -> str | None:
        """Return the value of a parameter that takes one; None when it is absent or empty.

        Raises `BadParameterError` when it is given twice.
        """
        sent = filter(None, self._given.get(name, ()))
        values = [value for one in sent if (value := ",".join(_items(name, one.split(b","))))]
        if len(values) > 1:
            raise BadParameterError(f"Parameter {name} is given more than once.")
        return values[0] if values else None


def checked(name: str, check: Callable[[str], Value], value: str) -> Value:
    """Return `check(value)`. Raises `BadParameterError` with the text of its `ValueError`, which reads "must be …"."""
    try:
        return check(value)
    except ValueError as reason:
        raise BadParameterError(f"Parameter {name} {reason}.") from None


def _items(name: str, sent: Iterable[bytes]) -> Iterator[str]:
    return (_decode(f"Parameter {name}", item).strip() for item in sent)


def _decode(where: str, sent: bytes) -> str:
    if _BROKEN.search(sent):
        raise BadParameterError(f"{where} has a percent sign without two hexadecimal digits; the sign itself is %25.")
    meant = unquote_to_bytes(sent.replace(b"+", b" ")) if b"%" in sent or b"+" in sent else sent
    try:
        return meant.decode()
    except UnicodeDecodeError:
        raise BadParameterError(f"{where} is not UTF-8.") from None
