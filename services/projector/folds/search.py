"""The texts by which full-text search finds a ticket (decision 0016).

`Vocabulary` limits the number of words. So short texts, which people search for most often, come first.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.projector.folds.contacts import provider_view
from services.projector.folds.render import Place
from services.projector.folds.ticket_state import TicketState
from services.projector.folds.vocabulary import MOST_WORDS, Vocabulary
from shared.directory.entries import Directory
from shared.text import indexed, words

SEARCHED_BYTES = 1 << 20
"""Most bytes of folded text in one document, so that MongoDB accepts it. Longer texts are found by their beginning."""

SURELY_FOUND = MOST_WORDS
"""Texts of at most so many characters cannot have more words than the limit."""

Document = dict[str, Any]


def searched(texts: Iterable[str], vocabulary: Vocabulary) -> Document:
    """Return the fields `words` and `texts` for full-text search, with the words that `vocabulary` accepts.

    `texts`: the folded words of each text, joined by one space. `words`: each of these words once, as an index stores
    it. A term matches when its words follow each other in one of `texts`; its last word may be the start of a word.
    """
    lines = dict.fromkeys(" ".join(words(text)) for text in texts)
    lines.pop("", None)
    if not vocabulary.kept and sum(map(len, lines)) <= SURELY_FOUND:  # true of nearly all tickets
        different = dict.fromkeys(" ".join(lines).split())
        return {"words": list(dict.fromkeys(map(indexed, different))), "texts": list(lines)}
    found: dict[str, None] = {}
    room = SEARCHED_BYTES
    for line in lines:
        if taken := " ".join(vocabulary.take(_cut(line, room).split())):
            found[taken] = None
            room -= len(taken.encode())
    return {"words": list(vocabulary.words), "texts": list(found)}


def ticket_texts(state: TicketState, directory: Directory, place: Place) -> Iterator[str]:
    """Yield all texts of a ticket that list, detail and export show, and its claim numbers, but no commentaries."""
    yield from (agency["name"] for agency in place.agencies)
    if place.patrimony:
        yield place.patrimony["name"]
    if state.provider and "uid" in state.provider:
        yield from _of_provider(provider_view(state.provider, directory))
    yield from own_texts(state)


def own_texts(state: TicketState) -> Iterator[str]:
    """Yield the part of `ticket_texts` that does not come from the directory."""
    content = state.content
    yield from (*content.claims, content.purpose)
    yield from _of_caller(content.caller)
    yield from _leaves(content.address)
    if state.provider and "uid" not in state.provider:
        yield from _of_provider(state.provider)
    yield content.request
    yield from filter(None, (content.instructions, state.report))
    yield from content.additional_data.values()


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
    """Cut a line to at most `size` bytes. A word that is cut is found by its beginning."""
    encoded = line.encode()
    return line if len(encoded) <= size else encoded[:size].decode(errors="ignore")
