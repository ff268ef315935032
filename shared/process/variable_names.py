"""How the names of environment variables are made: a prefix and the setting, which `shared.process.settings` lists.

It imports nothing, because `shared.process.healthy` imports only the standard library.
"""

PREFIX = "TICKETSTREAM_"


def variable(field: str) -> str:
    """Return the name of the environment variable of a setting."""
    return f"{PREFIX}{field.upper()}"
