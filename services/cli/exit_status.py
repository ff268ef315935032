"""The failure of a command: one sentence on standard error and exit status 1."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGINT
from typing import Any

import typer
from typer.core import TyperGroup

from shared.explained_error import ExplainedError
from shared.kafka import KafkaConnectionError, KafkaError
from shared.mongo import PyMongoError
from shared.process.settings import EngineSettings
from shared.telemetry.failures import describe

STOPPED = 128 + SIGINT
"""Exit status of a command that Ctrl-C, SIGTERM or SIGHUP ended."""
LONGEST_REASON = 200
"""Characters of a driver's message that are printed at most."""


class NotStoppedError(ExplainedError):
    """The named partition is not stopped at the named offset."""


class EngineError(ExplainedError):
    """Kafka or MongoDB cannot be used."""


@contextmanager
def explained(engines: EngineSettings) -> Iterator[None]:
    """Replace exceptions of the Kafka and MongoDB drivers with `EngineError`, which names the engine and the reason."""
    try:
        yield
    except (KafkaConnectionError, TimeoutError) as silence:
        raise EngineError(
            f"Kafka at {engines.kafka} does not answer; start it, or give another one with --kafka."
        ) from silence
    except KafkaError as failure:
        raise EngineError(f"Kafka at {engines.kafka} cannot be used: {_brief(str(failure))}.") from failure
    except PyMongoError as failure:
        raise EngineError(
            f"MongoDB cannot be used: {_brief(describe(failure))}; check that it runs and that --mongo names it."
        ) from failure


def _brief(reason: str) -> str:
    """Return a driver's message without the details that it adds for its own developers."""
    return re.split(r" \(configured timeouts|, Timeout:|\n", reason, maxsplit=1)[0][:LONGEST_REASON]


class AnsweringGroup(TyperGroup):
    """A group of commands that prints the text of an `ExplainedError`, then exits with status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that `ctx` names."""
        try:
            return super().invoke(ctx)
        except ExplainedError as answer:
            typer.echo(str(answer), err=True)
            raise typer.Exit(1) from answer
        except KeyboardInterrupt as stopped:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(STOPPED) from stopped
