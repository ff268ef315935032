"""The effect of a changed directory on stored documents. Pure: takes documents, returns the changes to write."""

from services.projector.folds.batch import Changes, put, stored_ticket
from services.projector.folds.documents import Document, ticket_document
from services.projector.folds.journal_entry import journal_entry
from services.projector.folds.ticket_state import thaw
from shared.contract import parse_event
from shared.directory.entries import Directory


def show_ticket_again(changes: Changes, partition: int, stored: Document, directory: Directory) -> None:
    """Render a stored ticket again with `directory`, and add it to `changes` if it differs.

    `stored` is the whole document. Raises `CannotApply` when the directory lacks the ticket's agency or patrimony.
    """
    state = thaw(stored["state"])
    document = ticket_document(state, directory)
    if document != stored:
        put(changes, partition, stored_ticket(stored), state, document)


def show_entry_again(changes: Changes, stored: Document, directory: Directory) -> None:
    """Render the entry of a stored journal document again with `directory`, and add it to `changes` if it differs.

    `stored` has `_id`, `entry` and `event`.
    """
    entry = journal_entry(parse_event(stored["event"]), directory)
    if entry != stored["entry"]:
        changes.entries[stored["_id"]] = entry
