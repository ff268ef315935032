"""The file `run.json` of a data folder: `up` writes which stack runs there, and other commands read it."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal, NoReturn

from pydantic import BaseModel, ConfigDict

from deploy.embedded.data_folder import is_claimed
from shared.explained_error import ExplainedError
from shared.process.settings import EngineSettings

State = Literal["starting", "running", "restarting", "stopped"]

RETRY_S = 2.0
"""Seconds between two attempts to write the file while the disk is full."""


class ProcessState(BaseModel):
    """A child process of `up`, or a service that is known from its heartbeat.

    A child's `pid` is that of its latest run, and its `service` is None because its name says it. `restarts` is None
    when nobody counts them. `version` is the release that its heartbeat names, else None.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    service: str | None = None
    pid: int | None
    state: State
    restarts: int | None
    version: str | None = None


class Stack(BaseModel):
    """A running stack, as `run.json` describes it; one that `up` did not start has no `url`, `pid` or processes."""

    model_config = ConfigDict(frozen=True)

    url: str | None = None
    pid: int | None = None
    kafka: str
    mongo: str
    database: str
    topic_prefix: str
    processes: tuple[ProcessState, ...] = ()
    monitoring: dict[str, str] = {}
    """Base URL of `/healthz`, `/readyz` and `/metrics` of each service that `up` started, by name."""

    def engines(self) -> EngineSettings:
        """Return the settings to connect to Kafka and MongoDB."""
        return EngineSettings(
            kafka=self.kafka, mongo=self.mongo, database=self.database, topic_prefix=self.topic_prefix
        )


class NotRunningError(ExplainedError):
    """No running stack can be found."""


class StackFile:
    """Keeps `run.json` up to date. When the disk is full, it writes the file once there is room again.

    `tell` is called with a sentence when the file cannot be written, and when it is written again. `keep` must run
    meanwhile.
    """

    def __init__(self, folder: Path, stack: Stack, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._stack = stack
        self._tell = tell
        self._is_written = True

    def change(self, states: tuple[ProcessState, ...]) -> None:
        """Write the present states of the children."""
        self._stack = self._stack.model_copy(update={"processes": states})
        self._write()

    async def keep(self) -> NoReturn:
        """Repeat failed writes, until cancelled."""
        while True:
            await asyncio.sleep(RETRY_S)
            if not self._is_written:
                self._write()

    def _write(self) -> None:
        was_written = self._is_written
        try:
            save_stack(self._folder, self._stack)
        except OSError as refusal:
            self._is_written = False
            if was_written:
                self._tell(
                    f"{_file(self._folder)} cannot be written ({refusal.strerror}); make room, or repair it. "
                    "The services keep running; `ticketstream status` shows old states until then."
                )
        else:
            self._is_written = True
            if not was_written:
                self._tell(f"{_file(self._folder)} is written again")


def save_stack(folder: Path, stack: Stack) -> None:
    """Write `stack` to the file in `folder` atomically, readable only by its owner; raises `OSError`."""
    fresh = _file(folder).with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(stack.model_dump_json(indent=2))
    fresh.replace(_file(folder))


def remove_stack(folder: Path) -> None:
    """Remove the file after an orderly end."""
    _file(folder).unlink(missing_ok=True)


def find(folder: Path, kafka: str | None = None, mongo: str | None = None) -> Stack:
    """Return the stack on the engines `kafka` and `mongo`, else the one that runs in `folder`.

    A given engine replaces the one recorded in `folder`. Raises `NotRunningError` when `folder` is
    needed and holds no running stack, or belongs to another user.
    """
    if kafka and mongo:
        given = EngineSettings(kafka=kafka, mongo=mongo)
        with suppress(NotRunningError):
            if (running := _running(folder)) and running.engines() == given:
                return running
        return Stack(**given.model_dump())
    if (running := _running(folder)) is not None:
        return running.model_copy(update=_given(kafka=kafka, mongo=mongo))
    raise NotRunningError(f"No Ticketstream is running in {folder}; start one with `ticketstream up --data {folder}`.")


def _running(folder: Path) -> Stack | None:
    try:
        written = _file(folder).read_text()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as refusal:
        raise NotRunningError(
            f"The data folder {folder} cannot be read ({refusal.strerror}); ask the user who started it."
        ) from refusal
    return Stack.model_validate_json(written) if is_claimed(folder) else None


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _file(folder: Path) -> Path:
    return folder / "run.json"
