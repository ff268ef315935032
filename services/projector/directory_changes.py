"""What a changed directory makes of stored documents: pure, from documents as they stand to the changes to write."""

from services.projector.batch import Changes, put, stored_ticket
from services.projector.folds.documents import Document, ticket_document
from services.projector.folds.journal import journal_entry
from services.projector.folds.state import thaw
from shared.contract import parse_event
from shared.directory import Directory


def show_ticket_again(changes: Changes, partition: int, stored: Document, directory: Directory) -> None:
    """Add to `changes` what `directory` makes of a stored ticket, where that differs.

    `stored` is the whole document. Raises `CannotApply` when the directory lacks the ticket's agency or patrimony.
    """
    state = thaw(stored["state"])
    document = ticket_document(state, directory)
    if document != stored:
        put(changes, partition, stored_ticket(stored), state, document)


def show_entry_again(changes: Changes, stored: Document, directory: Directory) -> None:
    """Add to `changes` what `directory` makes of the entry of a stored journal document, where that differs.

    `stored` has `_id`, `entry` and `event`.
    """
    entry = journal_entry(parse_event(stored["event"]), directory)
    if entry != stored["entry"]:
        changes.entries[stored["_id"]] = entry
