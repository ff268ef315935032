"""A first start in an empty folder: no log holds an error, nor a warning of our services."""

import json
import signal
from pathlib import Path

from tests.support.processes.command_line import ended
from tests.support.processes.running_stack import running_in


async def test_a_first_start_logs_no_error(tmp_path: Path) -> None:
    async with running_in(tmp_path, "--demo", "--demo-tickets", "0") as (process, _):
        errors = list(filter(tells_of_an_error, all_lines(tmp_path / "logs")))
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 0
    assert errors == []


def all_lines(logs: Path) -> list[str]:
    return [line for log in logs.glob("*.log") for line in log.read_text().splitlines()]


def tells_of_an_error(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return " ERROR " in line or "Exception" in line
    return entry.get("s") in ("E", "F") or entry.get("level") in ("warning", "error", "critical")
