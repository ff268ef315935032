"""The documents of the view collections `tickets` and `journal`: what reads find, filter by and put together.

Of a ticket: the list is made of `item`; the export of `export` and its commentaries; the detail of `head` and its
journal. Bytes are JSON, and what is left to add is:

- a detail, `head[:-1] + b',"journal":[' + … + b"]}"`, with each journal document's `entry` that is not None;
- the entry of a document that has a `message`: `entry + message + b"}}"`;
- an exported ticket, `export[:-1] + b',"freeCommentaries":[' + … + b"]}"`, with `commentary + message + b"}"` of each
  journal document that has a `commentary`; both in the order of `date`, then `version`. The ticket's `commented` tells
  how many bytes these messages have at most; 0 is none.

Full text looks into `words` and `texts` (see `search.searched`) of the ticket, and of those of its commentaries that it
has no room for, which are the journal documents of the same `ticket` that have these fields.
"""

from typing import Any

from services.projector.folds.commentary import commentary
from services.projector.folds.days import journal_date, local_day
from services.projector.folds.journal import journal_entry, provider_shown
from services.projector.folds.render import agency_uids, render
from services.projector.folds.search import searched, ticket_texts
from services.projector.folds.state import TicketState, freeze
from shared.clock import instant
from shared.contract import MessageAdded, TicketEvent
from shared.directory import Directory
from shared.text import fold

Document = dict[str, Any]


def ticket_document(state: TicketState, directory: Directory) -> Document:
    """Make the document of a ticket: filter fields, what full text finds, rendered views, the state to fold on from.

    Its size does not depend on how many events the ticket has. Raises `CannotApply` when the directory lacks the
    ticket's agency or patrimony.
    """
    content, created = state.content, instant(state.content.created)
    rendered = render(state, directory)
    return {
        "_id": state.uid,
        "version": state.version,
        "created": created,
        "day": local_day(created),
        "status": state.status,
        "commented": state.commented,
        **_location(state, directory),
        "town": fold(content.address["city"]),
        "purpose": fold(content.purpose),
        **({"provider": state.provider["uid"]} if state.provider and "uid" in state.provider else {}),
        **searched((*state.commentaries.values(), *ticket_texts(state, directory))),
        **rendered._asdict(),
        "state": freeze(state),
    }


def journal_document(state: TicketState, event: TicketEvent, body: bytes, directory: Directory) -> Document:
    """Make the document of the event that led to `state`; `body` is the event's JSON as published, for the feed.

    `provider` is the uid of the referenced one that the entry names. Only the projection knows whether the event came
    after its window was closed, and adds the date `late` to one that did. Raises `CannotApply` when the directory lacks
    the ticket's agency or patrimony, which is then also known of the ticket's own document.
    """
    date, provider = journal_date(event), provider_shown(event)
    return {
        "_id": f"{state.uid}:{state.version}",
        "ticket": state.uid,
        "version": state.version,
        **_location(state, directory),
        "sent": instant(event.sentDate),
        "date": date,
        "day": local_day(date),
        "entry": journal_entry(event, directory),
        **({"provider": provider} if provider else {}),
        "event": body,
        **(commentary(event, state) if isinstance(event, MessageAdded) else {}),
    }


def relocation(line: Document) -> Document:
    """Give the update that ties a ticket's other journal documents to the place of `line` (contract README, 79)."""
    update: Document = {"$set": {"agencies": line["agencies"]}}
    if "patrimony" in line:
        update["$set"]["patrimony"] = line["patrimony"]
    else:
        update["$unset"] = {"patrimony": ""}
    return update


def _location(state: TicketState, directory: Directory) -> Document:
    patrimony = state.content.patrimony
    return {"agencies": agency_uids(state, directory), **({"patrimony": patrimony} if patrimony is not None else {})}
