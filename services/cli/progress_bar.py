"""Showing that something is being done: on a terminal as long as it takes, elsewhere as a line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_SECONDS = 3.0
"""How often a line is printed of what is counted."""


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


@contextmanager
def counted(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how much of `what` is done: as a bar, or as a line now and then; call the result with done and total."""
    if console.is_terminal:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task(what, total=None)
            yield lambda done, total: progress.update(bar, completed=done, total=total)
        return
    told = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if monotonic() - told > LINE_SECONDS:
            told = monotonic()
            console.print(f"{what}: {done:,} of {total:,} …")

    yield tell
