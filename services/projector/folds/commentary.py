"""A commentary, the one text of the journal that may be corrected: kept apart from what stands around it.

Corrections name no version and no date, so the text is replaced where it stands. For full text the ticket remembers the
folded texts of its commentaries, as long as they are few; those it has no room for are found by their own documents.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from services.projector.folds.days import journal_date
from services.projector.folds.search import searched
from services.projector.folds.state import TicketState
from shared.clock import wire
from shared.contract import MessageAdded, TicketEventInformationsCorrected
from shared.text import words

REMEMBERED_BYTES = 16 * 1024
"""Bytes of folded commentaries, and of the processUids that name them, in a ticket's state."""

Document = dict[str, Any]


def commentary(event: MessageAdded, state: TicketState) -> Document:
    """Make what the journal document of a commentary has besides that of other events.

    `process`: the processUid that a correction names. `commentary`: the commentary of the export (`FreeCommentary`) as
    JSON, up to its message, which is `message`, a JSON string. `words`, `texts`: see `search.searched`, only when the
    ticket's `state` after the event has no room for them.
    """
    head = b'{"date":"%s","message":' % wire(journal_date(event)).encode()
    return {"process": event.processUid, "commentary": head, "message": message(event), **_words(event, state)}


def correction(event: TicketEventInformationsCorrected, state: TicketState) -> Document:
    """Give the update of the commentary that the event corrects; `state` is the ticket's after it."""
    found_by = _words(event, state)
    if found_by:
        return {"$set": {"message": message(event), **found_by}}
    return {"$set": {"message": message(event)}, "$unset": {"words": "", "texts": ""}}


def message(event: MessageAdded | TicketEventInformationsCorrected) -> bytes:
    """Give a commentary's text as a JSON string."""
    return orjson.dumps(_text(event))


def remembered(known: Mapping[str, str], event: MessageAdded | TicketEventInformationsCorrected) -> Mapping[str, str]:
    """Give `known`, folded texts by processUid, with that of the event; left out is one that does not fit."""
    process, line = _process(event), " ".join(words(_text(event)))
    others = {uid: text for uid, text in known.items() if uid != process}
    size = sum(map(_size, others.items())) + _size((process, line))
    return {**others, process: line} if size <= REMEMBERED_BYTES else others


def _words(event: MessageAdded | TicketEventInformationsCorrected, state: TicketState) -> Document:
    return {} if _process(event) in state.commentaries else searched((_text(event),))


def _size(commentary: tuple[str, str]) -> int:
    process, text = commentary
    return len(process) + len(text.encode())


def _process(event: MessageAdded | TicketEventInformationsCorrected) -> str:
    return event.processUid if isinstance(event, MessageAdded) else event.targetedEvent


def _text(event: MessageAdded | TicketEventInformationsCorrected) -> str:
    return event.message if isinstance(event, MessageAdded) else event.text
