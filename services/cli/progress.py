"""Showing that something is being done: on a terminal as long as it takes, elsewhere as a line."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


def messages() -> Console:
    """Give the console for all that is no result: standard error, every text printed as it is and in one line."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


@contextmanager
def doing(console: Console, what: str) -> Iterator[None]:
    """Show `what` for as long as the block takes."""
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        console.print(f"{what} …")
        yield
