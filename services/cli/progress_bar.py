"""Progress messages: a spinner or a bar in a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_SECONDS = 3.0
"""Seconds between two lines of a count."""


class _Messages(Console):
    """A console whose output may fail, for instance because the disk is full, without ending the program."""

    def print(self, *objects: Any, **options: Any) -> None:
        with suppress(OSError):
            super().print(*objects, **options)


def messages() -> Console:
    """Return the console for messages that are not results: standard error, without markup and without line breaks."""
    return _Messages(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


@contextmanager
def doing(console: Console, what: str) -> Iterator[None]:
    """Show `what` while the block runs."""
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        console.print(f"{what} …")
        yield


@contextmanager
def counted(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how much of `what` is done, as a bar or as a line every `LINE_SECONDS`.

    Yields the function to call with the numbers done and total.
    """
    if console.is_terminal:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task(what, total=None)
            yield lambda done, total: progress.update(bar, completed=done, total=total)
        return
    printed = 0.0

    def show(done: int, total: int) -> None:
        nonlocal printed
        if monotonic() - printed > LINE_SECONDS:
            printed = monotonic()
            console.print(f"{what}: {done:,} of {total:,} …")

    yield show
