"""`ticketstream up` stopped in its first seconds: it says one sentence and leaves nothing behind."""

import asyncio
import signal
import socket
from pathlib import Path

import pytest

from tests.support.processes.command_line import Outcome, ended, line_with, started
from tests.support.processes.processes_in_folder import working_in

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SOON = 15.0
"""Seconds, less than the 20 or 30 that ignoring the signal would take."""
BEGUN = "import sys\nprint('begun', file=sys.stderr, flush=True)\n"


def ended_at_once(outcome: Outcome, folder: Path) -> None:
    assert (outcome.code, outcome.out, outcome.err) == (128 + signal.SIGINT, "", "Stopped.\n")
    assert working_in(folder) == {}
    assert not (folder / "run.json").exists()


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.6])
async def test_while_it_reads_its_modules(tmp_path: Path, number: signal.Signals, seconds: float) -> None:
    (tmp_path / "typer.py").write_text(f"{BEGUN}import time\ntime.sleep(20)\n")
    folder = tmp_path / "data"
    async with started("up", "--data", str(folder), environment={"PYTHONPATH": str(tmp_path)}) as process:
        await line_with(process.stderr, "begun")
        await asyncio.sleep(seconds)
        process.send_signal(number)
        ended_at_once(await ended(process, SOON), folder)


@pytest.mark.parametrize("number", STOPS)
async def test_while_it_fetches_kafka(tmp_path: Path, number: signal.Signals) -> None:
    folder, repository, settings = tmp_path / "data", tmp_path / "repository", tmp_path / "jgo.conf"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{silent.getsockname()[1]}\n")
        environment = {"M2_REPO": str(repository), "JGO_CONFIG_FILE": str(settings)}
        async with started("up", "--data", str(folder), environment=environment) as process:
            await line_with(process.stderr, "fetching Kafka")
            process.send_signal(number)
            ended_at_once(await ended(process, SOON), folder)
    assert list(repository.iterdir()) == []
