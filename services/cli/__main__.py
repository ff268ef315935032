"""Entry point of the command line: `ticketstream` or `python -m services.cli`."""

import os
import signal

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the command that was typed. Ctrl-C ends it with one line, even while modules are still being imported.

    SIGTERM and SIGHUP do the same as Ctrl-C. A signal that the caller ignores (as `nohup` does) stays ignored.
    """
    stops = [number for number in STOPS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in stops:
        signal.signal(number, _end_at_once)
    from services.cli.main import app  # noqa: PLC0415 - takes a second

    for number in stops:
        signal.signal(number, signal.default_int_handler)
    app(prog_name="ticketstream")


def _end_at_once(_number: int, _frame: object) -> None:
    """Exit without an exception, because a half-imported module might swallow it. Nothing runs yet that must stop."""
    os.write(2, b"Stopped.\n")
    os._exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
