"""The release of the program that runs."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Return the version of the installed package `ticketstream`, or "unknown" if it runs without being installed."""
    try:
        return version("ticketstream")
    except PackageNotFoundError:
        return "unknown"
