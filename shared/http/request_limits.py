"""Limits of every request: its head, its query and its body (contract 67 and 93)."""

HEAD_LIMIT = 32 * 1024
"""Bytes of all fields of a head, or of everything between two pieces of a body (contract 93)."""
FIELDS_LIMIT = 100
"""Fields of a head and of its trailers together (contract 93)."""
QUERY_LIMIT = 64 * 1024
"""Bytes of a query (contract 93). It also bounds the number and the length of the parameters' values."""
TARGET_LIMIT = 72 * 1024
"""Bytes of path and query. A query may have 64 KiB, so the request line does not count as a part of the head."""
BODY_LIMIT = 256 * 1024
"""Bytes of a command (contract 67)."""
BODY_SECONDS = 15
"""Seconds in which a body must arrive."""
