"""How a benchmark fails."""


class BenchFailed(Exception):  # noqa: N818 - it says what happened
    """The benchmark can not go on; its text says why in one sentence."""
