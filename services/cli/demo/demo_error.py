"""The error of the demonstration."""

from shared.explained_error import ExplainedError


class DemoError(ExplainedError):
    """The demonstration cannot continue. The text names the step that failed, and why."""
