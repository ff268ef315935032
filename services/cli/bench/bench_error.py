"""The error of every benchmark."""

from shared.explained_error import ExplainedError


class BenchError(ExplainedError):
    """The benchmark cannot continue."""
