"""What stands in the log of a service."""


def tells_of_failure(log: str) -> bool:
    """Tell whether an exception came up that nobody expected: each is logged with its place in the code."""
    return '"where":[' in log or "Traceback" in log
