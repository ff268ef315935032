"""The failure of a command: one sentence on standard error and exit status 1."""

from signal import SIGINT
from typing import Any

import typer
from typer.core import TyperGroup

from shared.explained_error import ExplainedError

STOPPED = 128 + SIGINT
"""Exit status of a command that Ctrl-C, SIGTERM or SIGHUP ended."""


PROBLEMS = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "value_error": "{error}",
}
"""What is wrong with an option, by pydantic's type of problem, with its details. Typer quotes pydantic's sentence."""


class AnsweringGroup(TyperGroup):
    """A group of commands that prints the text of an `ExplainedError`, then exits with status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that `ctx` names."""
        try:
            return super().invoke(ctx)
        except ExplainedError as answer:
            typer.echo(str(answer), err=True)
            raise typer.Exit(1) from answer
        except typer.BadParameter as refused:
            refused.message = _plain(refused)
            raise
        except KeyboardInterrupt as stopped:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(STOPPED) from stopped


def _plain(refused: typer.BadParameter) -> str:
    """Return what is wrong with an option or an argument, in plain words."""
    problems: list[dict[str, Any]] = getattr(
        refused.__cause__, "errors", list
    )()  # those of pydantic, if Typer asked it
    if not problems:
        return refused.message
    text = PROBLEMS.get(problems[0]["type"], "is not valid").format(**problems[0].get("ctx", {}))
    return text if text.endswith(".") else f"{text}."
