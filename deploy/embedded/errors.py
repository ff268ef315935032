"""The one way in which starting something fails."""


class CannotStart(Exception):  # noqa: N818 - it says what, and is never a fault of the program
    """Something can not be started; its text is one sentence that says what is wrong and what to do."""
