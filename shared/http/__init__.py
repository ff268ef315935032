"""The HTTP server and what all endpoints share: bodies, answers, limits."""
