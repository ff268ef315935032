"""A commentary, the one text of the journal that may be corrected: kept apart from what stands around it.

Corrections name no version and no date, so the text is replaced where it stands, and nothing of it is remembered in the
ticket, however many there are.
"""

from typing import Any

import orjson

from services.projector.folds.days import journal_date
from services.projector.folds.search import searched
from shared.clock import wire
from shared.contract import MessageAdded, TicketEventInformationsCorrected

Document = dict[str, Any]


def commentary(event: MessageAdded) -> Document:
    """Make what the journal document of a commentary has besides that of other events.

    `process`: the processUid that a correction names. `commentary`: the commentary of the export (`FreeCommentary`) as
    JSON, up to its message. And all of `text_of`.
    """
    head = b'{"date":"%s","message":' % wire(journal_date(event)).encode()
    return {"process": event.processUid, "commentary": head, **text_of(event)}


def text_of(event: MessageAdded | TicketEventInformationsCorrected) -> Document:
    """Make the fields that follow from a commentary's text: what a correction sets in its target's document.

    `message`: the text as a JSON string. `words`, `texts`: see `search.searched`.
    """
    return {"message": message(event), **searched((_text(event),))}


def message(event: MessageAdded | TicketEventInformationsCorrected) -> bytes:
    """Give a commentary's text as a JSON string."""
    return orjson.dumps(_text(event))


def _text(event: MessageAdded | TicketEventInformationsCorrected) -> str:
    return event.message if isinstance(event, MessageAdded) else event.text
