"""`ticketstream up` on a full disk: it keeps running, and recovers when there is room again."""

import os
import signal
from pathlib import Path

from tests.support.engines.disks import kept_full, small_disk
from tests.support.expected.views import until
from tests.support.processes.command_line import ended, line_with
from tests.support.processes.running_stack import (
    open_ticket_and_see_it,
    processes,
    running_in,
    with_a_user_and_an_agency,
)

TICKET = "00000000-0000-4000-8000-000000000000"
ABORTED_WITHIN = 400.0
"""Limit in seconds: mongod aborts at its first write, and the supervisor restarts it after growing pauses."""


async def test_it_outlives_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1_000) as disk:
        folder, filling = disk / "data", disk / "filling"
        async with running_in(folder) as (process, url):
            await with_a_user_and_an_agency(folder)
            await open_ticket_and_see_it(url, TICKET)
            before = processes(folder)
            async with kept_full(filling):
                for name in ("mongod", "kafka", "gateway"):
                    os.kill(before[name]["pid"], signal.SIGKILL)
                said = await line_with(process.stderr, "cannot be written")
                assert said.startswith(
                    f"{folder}/run.json cannot be written (No space left on device); make room, or repair it."
                )
                said = await line_with(process.stderr, "mongod was ended by SIGABRT", ABORTED_WITHIN)
                assert "full disk" in said or "No space left on device" in said
                assert process.returncode is None
            filling.unlink()

            async def all_run() -> bool:
                children = processes(folder)
                return all(child["state"] == "running" for child in children.values()) and all(
                    children[name]["pid"] != before[name]["pid"] for name in ("mongod", "kafka", "gateway")
                )

            await until(all_run, 120)
            await open_ticket_and_see_it(url, f"{TICKET[:-1]}1")
            process.send_signal(signal.SIGTERM)
            assert (await ended(process)).code == 0
