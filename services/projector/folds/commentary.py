"""A commentary: the only text of the journal that can be corrected. So it is stored apart from the rest of its entry.

A correction names no version and no date, so the update finds the commentary by its processUid. For full-text search,
the ticket's state contains the folded texts of its commentaries, up to a size. A commentary without room there is found
by its own journal document.

A correction may also name a call. No view shows the comment of a call, so nothing is updated. As long as the state
contains all commentaries, it shows whether a correction names a commentary or a call. After that, an unknown processUid
may be either. If it is a call, the update matches no document, and the words only take room in the ticket's vocabulary.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from services.projector.folds.business_date import business_date
from services.projector.folds.search import own_texts, searched
from services.projector.folds.ticket_state import TicketState
from services.projector.folds.vocabulary import Vocabulary, widened
from shared.clock import wire
from shared.contract import MessageAdded, TicketEventInformationsCorrected
from shared.read_model.exported_ticket import commentary_export
from shared.text import words

REMEMBERED_BYTES = 16 * 1024
"""Most bytes of folded commentaries and their processUids in a ticket's state."""

Document = dict[str, Any]


def commentary(event: MessageAdded, state: TicketState) -> Document:
    """Return the fields that only the journal document of a commentary has.

    `process`: the processUid that a correction names. `commentary` and `message`: see `shared.read_model`.
    `words`, `texts`: see `search.searched`, only when the ticket's `state` after the event has no room for them.
    """
    export = commentary_export(wire(business_date(event)))
    return {"process": event.processUid, "commentary": export, "message": message(event), **_words(event, state)}


def may_correct(event: TicketEventInformationsCorrected, state: TicketState) -> bool:
    """Return whether the event may correct a commentary; `state` is the ticket's before or after it."""
    return event.targetedEvent in state.commentaries or state.vocabulary is not None


def correction(event: TicketEventInformationsCorrected, state: TicketState) -> Document:
    """Return the update of the commentary that the event corrects; `state` is the ticket's after it."""
    return {"$set": {"message": message(event), **_words(event, state)}}


def message(event: MessageAdded | TicketEventInformationsCorrected) -> bytes:
    """Return a commentary's text as a JSON string."""
    return orjson.dumps(_text(event))


def remembering(state: TicketState, event: MessageAdded | TicketEventInformationsCorrected) -> TicketState:
    """Return `state` with the event's text in `commentaries`. Without room there, add its words to `vocabulary`.

    A correction of a text that is not in `commentaries` does not add it there: the corrected event may be a call.
    """
    process, line = _process(event), " ".join(words(_text(event)))
    commentaries = state.commentaries
    if isinstance(event, MessageAdded) or process in commentaries:
        commentaries = remembered(commentaries, process, line)
    if process in commentaries:
        return replace(state, commentaries=commentaries)
    before = (*own_texts(state), *commentaries.values())
    return replace(state, commentaries=commentaries, vocabulary=widened(state.vocabulary or "", before, line.split()))


def remembered(known: Mapping[str, str], process: str, line: str) -> Mapping[str, str]:
    """Return `known`, the folded texts by processUid, with one more text if it fits."""
    others = {uid: text for uid, text in known.items() if uid != process}
    size = sum(map(_size, others.items())) + _size((process, line))
    return {**others, process: line} if size <= REMEMBERED_BYTES else others


def _words(event: MessageAdded | TicketEventInformationsCorrected, state: TicketState) -> Document:
    if _process(event) in state.commentaries:
        return {}
    return searched((_text(event),), Vocabulary(state.vocabulary or "", most=0))


def _size(commentary: tuple[str, str]) -> int:
    process, text = commentary
    return len(process) + len(text.encode())


def _process(event: MessageAdded | TicketEventInformationsCorrected) -> str:
    return event.processUid if isinstance(event, MessageAdded) else event.targetedEvent


def _text(event: MessageAdded | TicketEventInformationsCorrected) -> str:
    return event.message if isinstance(event, MessageAdded) else event.text
