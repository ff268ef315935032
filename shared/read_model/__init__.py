"""The read model: what the projector writes to MongoDB and the gateway reads from it.

Both follow the modules of this package: `journal_by_day` and `exported_ticket` (answers from rendered bytes),
`openings`, `counter_layout` (day counters), `index_names` and `local_days`. The collections are `tickets`, `journal`
and `stats`.

The projector renders JSON once; the gateway joins bytes and never parses them. Stored fields, by collection:

- `tickets.item`: a list item, complete.
- `tickets.head`: a detail without its `journal`.
- `tickets.export`: an exported ticket without its `freeCommentaries`.
- `tickets.closed`: the local day of the closing date that list, detail and export show; only of a closed ticket.
- `tickets.commented`: the most bytes that the `message` fields of the ticket's commentaries take; 0 without any.
- `journal.event`: the event as published, complete; an item of the feed.
- `journal.entry`: a journal entry, complete; None for an event that the journal does not list.
- `journal.message`: the text of a commentary as a JSON string. Only commentaries have it, and their `entry` and
  `commentary` end where it begins. A correction can so replace the text alone.
- `journal.commentary`: a commentary of the export, up to its message.
"""

LAYOUT = 2
"""Version of the documents and indexes of the read model. A change of their shape adds 1: the views must be rebuilt.

It is for those who change the shape: `tests/unit/shared/read_model/test_layout.py` compares the shape with the one of
this version. No service stores it; the gateway's entity tags of streams contain it.
"""
