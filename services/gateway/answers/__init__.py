"""How answers are sent: pages, streams, entity tags, CSV, compression, and the headers of all answers."""
