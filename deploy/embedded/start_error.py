"""The error raised when a program cannot be started."""

from shared.explained_error import ExplainedError


class StartError(ExplainedError):
    """Kafka, MongoDB or another process cannot be started."""
