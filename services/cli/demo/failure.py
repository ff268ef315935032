"""How the demonstration fails."""


class DemoFailed(Exception):  # noqa: N818 - it says what happened
    """The demonstration can not go on; its text says in which step, and why."""
