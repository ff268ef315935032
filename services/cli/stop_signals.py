"""The signals that stop a command, and what they do while its modules are being imported."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def all_act_as_ctrl_c() -> None:
    """Let each stop signal raise `KeyboardInterrupt`. One that the caller ignores (as `nohup` does) stays ignored."""
    for number in _heard():
        signal.signal(number, signal.default_int_handler)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Let each stop signal end the process with one line during the block, unless the caller ignores it."""
    before = {number: signal.signal(number, _end_at_once) for number in _heard()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heard() -> list[signal.Signals]:
    return [number for number in STOPS if signal.getsignal(number) is not signal.SIG_IGN]


def _end_at_once(_number: int, _frame: object) -> None:
    """Exit without an exception, because a half-imported module might swallow it. Nothing runs yet that must stop."""
    os.write(2, b"Stopped.\n")
    os._exit(128 + signal.SIGINT)
