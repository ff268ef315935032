"""How a list, an export and a page of the feed begin and end. The stored items between are complete."""

LIST_OPENING = b'{"result":['
"""Start of a list and of an export; then come items with commas between them, then `CLOSING`."""
FEED_OPENING = b'{"events":['
"""Start of a page of the feed; then come events with commas between them, then `CLOSING`."""
CLOSING = b"]}"
