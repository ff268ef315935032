"""How a command fails: with one sentence on standard error and exit status 1."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from deploy.embedded.errors import CannotStart
from services.cli.bench.failure import BenchFailed
from services.cli.demo.failure import DemoFailed
from services.cli.directory_file import BadEntryError
from services.cli.imports import NotInForceError
from services.cli.republish import StalledError
from services.cli.stack import NotRunning
from shared.failures import told
from shared.kafka import IncompleteTopicError, KafkaConnectionError, KafkaError
from shared.mongo import PyMongoError
from shared.relay_position import NotInitialisedError
from shared.settings import EngineSettings

LONGEST_REASON = 200
"""Characters of a driver's explanation that are passed on."""


class EngineError(Exception):
    """Kafka or MongoDB can not be used; the text is one sentence that says which and why."""


@contextmanager
def explained(engines: EngineSettings) -> Iterator[None]:
    """Put one sentence in place of what the drivers of `engines` raise; raises `EngineError`."""
    try:
        yield
    except (KafkaConnectionError, TimeoutError) as silence:
        raise EngineError(
            f"Kafka at {engines.kafka} does not answer; start it, or give another one with --kafka."
        ) from silence
    except KafkaError as failure:
        raise EngineError(f"Kafka at {engines.kafka} can not be used: {_brief(str(failure))}.") from failure
    except PyMongoError as failure:
        raise EngineError(
            f"MongoDB can not be used: {_brief(told(failure))}; check that it runs and that --mongo names it."
        ) from failure


def _brief(reason: str) -> str:
    """Leave out what the drivers add for their own developers."""
    return re.split(r" \(configured timeouts|, Timeout:|\n", reason, maxsplit=1)[0][:LONGEST_REASON]


ANSWERS = (
    BadEntryError,
    BenchFailed,
    CannotStart,
    DemoFailed,
    EngineError,
    IncompleteTopicError,
    NotInForceError,
    NotInitialisedError,
    NotRunning,
    StalledError,
)
"""What is no fault of the program: the text of each is one sentence for whoever typed the command."""


class AnsweringGroup(TyperGroup):
    """The commands, where one that raises an answer says it and exits with 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that `ctx` names."""
        try:
            return super().invoke(ctx)
        except ANSWERS as answer:
            typer.echo(str(answer), err=True)
            raise typer.Exit(1) from answer
