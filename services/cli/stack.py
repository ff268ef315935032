"""The stack that runs in a data folder: written down by `up`, found by every other command."""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from deploy.embedded.errors import CannotStart
from deploy.embedded.folder import is_claimed
from shared.settings import EngineSettings

State = Literal["starting", "running", "restarting", "stopped"]


class ProcessState(BaseModel):
    """A child process of `up`, whose `pid` is that of its latest run, or a service that says that it lives.

    The names of children say their service, and what nobody counts is None.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    service: str | None = None
    pid: int | None
    state: State
    restarts: int | None


class Stack(BaseModel):
    """What runs, as kept in `run.json`; a stack that `up` did not start has no `url`, `pid` or processes."""

    model_config = ConfigDict(frozen=True)

    url: str | None = None
    pid: int | None = None
    kafka: str
    mongo: str
    database: str
    topic_prefix: str
    processes: tuple[ProcessState, ...] = ()
    monitoring: dict[str, str] = {}
    """Where services that `up` started answer `/healthz`, `/readyz` and `/metrics`, by their names."""

    def engines(self) -> EngineSettings:
        """Give the settings to connect with."""
        return EngineSettings(
            kafka=self.kafka, mongo=self.mongo, database=self.database, topic_prefix=self.topic_prefix
        )


class NotRunning(Exception):  # noqa: N818 - an answer, not a fault
    """No stack can be found; its text is one sentence that says what to do."""


def record(folder: Path, stack: Stack) -> None:
    """Write `stack` down in `folder`, whole or not at all, readable by its owner alone; raises `CannotStart`."""
    fresh = _file(folder).with_suffix(".new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(stack.model_dump_json(indent=2))
        fresh.replace(_file(folder))
    except OSError as refusal:
        raise CannotStart(f"{fresh} can not be written ({refusal.strerror}); make room, or mend it.") from refusal


def forget(folder: Path) -> None:
    """Take the record away after an orderly end."""
    _file(folder).unlink(missing_ok=True)


def find(folder: Path, kafka: str | None = None, mongo: str | None = None) -> Stack:
    """Find the stack on the engines `kafka` and `mongo`, else the one that runs in `folder`.

    With one engine given it is taken instead of the one that `folder` says. Raises `NotRunning` when `folder` is needed
    and holds none.
    """
    running = _running(folder)
    if kafka and mongo:
        given = EngineSettings(kafka=kafka, mongo=mongo)
        return running if running and running.engines() == given else Stack(**given.model_dump())
    if running is not None:
        return running.model_copy(update=_given(kafka=kafka, mongo=mongo))
    raise NotRunning(f"No Ticketstream is running in {folder}; start one with `ticketstream up --data {folder}`.")


def _running(folder: Path) -> Stack | None:
    try:
        written = _file(folder).read_text()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stack.model_validate_json(written) if is_claimed(folder) else None


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _file(folder: Path) -> Path:
    return folder / "run.json"
