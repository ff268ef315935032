"""The documents of the view collections `tickets` and `journal`: the fields that reads filter by, and rendered bytes.

`shared.read_model` says which bytes these are; its modules put answers together from them.

Full text reads `words` and `texts` of the ticket (see `search.searched`). A commentary without room there has these
fields in its own journal document.
"""

from typing import Any

from services.projector.folds.business_date import business_date
from services.projector.folds.commentary import commentary
from services.projector.folds.journal_entry import journal_entry, provider_shown
from services.projector.folds.render import agency_uids, place_of, render
from services.projector.folds.search import searched, ticket_texts
from services.projector.folds.ticket_state import TicketState, freeze
from services.projector.folds.vocabulary import Vocabulary
from shared.clock import instant
from shared.contract import MessageAdded, TicketEvent
from shared.directory.entries import Directory
from shared.read_model.local_days import local_day
from shared.storage.event_document import event_id
from shared.text import label

Document = dict[str, Any]


def ticket_document(state: TicketState, directory: Directory) -> Document:
    """Return the document of a ticket: filter fields, full-text fields, rendered views, and the state.

    Its size does not depend on the number of events. It is a few times the size of the ticket's texts. Raises
    `CannotApply` when the directory lacks the ticket's agency or patrimony.
    """
    content, created = state.content, instant(state.content.created)
    place = place_of(state, directory)
    rendered, texts = render(state, directory, place), ticket_texts(state, directory, place)
    return {
        "_id": state.uid,
        "version": state.version,
        "created": created,
        "day": local_day(created).isoformat(),
        "status": state.status,
        **({"closed": local_day(instant(state.closed)).isoformat()} if state.closed is not None else {}),
        "commented": state.commented,
        **_location(state, [agency["uid"] for agency in place.agencies]),
        "town": label(content.address["city"]),
        "purpose": label(content.purpose),
        **({"provider": state.provider["uid"]} if state.provider and "uid" in state.provider else {}),
        **searched((*texts, *state.commentaries.values()), Vocabulary(state.vocabulary or "")),
        **rendered._asdict(),
        "state": freeze(state),
    }


def journal_document(state: TicketState, event: TicketEvent, body: bytes, directory: Directory) -> Document:
    """Return the journal document of the event after which the ticket has `state`.

    `body` is the event's JSON as published, for the feed. `provider` is the uid of the referenced provider that the
    entry names. The caller adds the date `late` to a late event. Raises `CannotApply` when the directory lacks the
    ticket's agency or patrimony.
    """
    date, provider = business_date(event), provider_shown(event)
    return {
        "_id": event_id(state.uid, state.version),
        "ticket": state.uid,
        "version": state.version,
        **_location(state, agency_uids(state, directory)),
        "sent": instant(event.sentDate),
        "date": date,
        "day": local_day(date).isoformat(),
        "entry": journal_entry(event, directory),
        **({"provider": provider} if provider else {}),
        "event": body,
        **(commentary(event, state) if isinstance(event, MessageAdded) else {}),
    }


def relocation(line: Document) -> Document:
    """Return the update that sets the location of `line` on the ticket's other journal documents (contract 79)."""
    update: Document = {"$set": {"agencies": line["agencies"]}}
    if "patrimony" in line:
        update["$set"]["patrimony"] = line["patrimony"]
    else:
        update["$unset"] = {"patrimony": ""}
    return update


def _location(state: TicketState, agencies: list[str]) -> Document:
    patrimony = state.content.patrimony
    return {"agencies": agencies, **({"patrimony": patrimony} if patrimony is not None else {})}
