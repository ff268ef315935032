"""The signals that stop a command, and what they do while its modules are being imported."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Let each stop signal end the process with one line during the block. After it, all of them act as Ctrl-C does.

    A signal that the caller ignores (as `nohup` does) stays ignored.
    """
    stops = [number for number in STOPS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in stops:
        signal.signal(number, _end_at_once)
    try:
        yield
    finally:
        for number in stops:
            signal.signal(number, signal.default_int_handler)


def _end_at_once(_number: int, _frame: object) -> None:
    """Exit without an exception, because a half-imported module might swallow it. Nothing runs yet that must stop."""
    os.write(2, b"Stopped.\n")
    os._exit(128 + signal.SIGINT)
