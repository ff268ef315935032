"""Entry point of the command line: `ticketstream` or `python -m services.cli`."""

from services.cli.stop_signals import all_act_as_ctrl_c, ending_at_once


def main() -> None:
    """Run the command that was typed. Ctrl-C, SIGTERM or SIGHUP ends it with one line, even during imports."""
    all_act_as_ctrl_c()
    with ending_at_once():
        from services.cli.main import app  # noqa: PLC0415 - takes a moment, in which a signal may come
    app(prog_name="ticketstream")


if __name__ == "__main__":
    main()
