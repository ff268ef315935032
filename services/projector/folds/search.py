"""What full text finds a ticket by (contract README, 76 and 77)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.projector.folds.contacts import provider_view
from services.projector.folds.render import agencies_shown, patrimony_shown
from services.projector.folds.state import TicketState
from shared.directory import Directory
from shared.text import words

SEARCHED_BYTES = 1 << 20
"""Bytes of folded text in one document, so that the document fits; longer texts are found by their beginning."""

Document = dict[str, Any]


def searched(texts: Iterable[str]) -> Document:
    """Give the fields that full text looks into: `words` and `texts` of some fields' texts.

    `texts`: each text's folded words, joined by one space. `words`: every word of them once. A term's words stand in
    order inside one of `texts`, and each is one of `words` (the last may be the beginning of one).
    """
    joined: dict[str, None] = {}
    room = SEARCHED_BYTES
    for text in texts:
        line = _cut(" ".join(words(text)), room)
        if line and line not in joined:
            joined[line] = None
            room -= len(line.encode())
    return {"words": list(dict.fromkeys(word for line in joined for word in line.split(" "))), "texts": list(joined)}


def ticket_texts(state: TicketState, directory: Directory) -> Iterator[str]:
    """Yield every text that list, detail and export show of a ticket, and its claim numbers: a `ref` is one, or a uid.

    Commentaries are not among them. Raises `CannotApply` when the directory lacks the ticket's agency or patrimony.
    """
    content = state.content
    yield from (*content.claims, content.purpose, content.request)
    yield from filter(None, (content.instructions, state.report))
    yield from (agency["name"] for agency in agencies_shown(state, directory))
    if patrimony := patrimony_shown(state, directory):
        yield patrimony["name"]
    yield from _of_caller(content.caller)
    yield from _leaves(content.address)
    yield from content.additional_data.values()
    if state.provider:
        yield from _of_provider(provider_view(state.provider, directory))


def _of_caller(caller: Mapping[str, Any]) -> Iterator[str]:
    yield caller["name"]
    if "medium" in caller:
        yield caller["medium"]["identifier"]
    yield caller.get("comment", "")


def _of_provider(provider: Mapping[str, Any]) -> Iterator[str]:
    yield provider.get("name", "")
    for channel in ("phones", "fax", "emails"):
        yield from provider[channel]


def _leaves(record: Mapping[str, Any]) -> Iterator[str]:
    for value in record.values():
        if isinstance(value, str):
            yield value
        else:
            yield from _leaves(value)


def _cut(line: str, size: int) -> str:
    encoded = line.encode()
    return line if len(encoded) <= size else encoded[:size].decode(errors="ignore").rpartition(" ")[0]
