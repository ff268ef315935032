"""How answers are sent: pages, streams, compression, and the headers of all answers."""
