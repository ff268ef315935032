"""The demonstration: plays one ticket's life over HTTP, and sets up a platform that a user can try."""
