"""The demonstration as an end-to-end test: one ticket's life over HTTP, on real engines and real processes."""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.cli.demo.story import STORY
from tests.support.processes.command_line import SECONDS, Outcome, ended, line_with, started
from tests.support.processes.processes_in_folder import nobody_works_in, working_in

EVENTS = [step.outcome for step in STORY if not step.refused]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
async def demo(scratch: Path) -> AsyncIterator[Outcome]:
    """Run the demonstration once. The environment names unreachable engines, which it must not use."""
    elsewhere = {"TICKETSTREAM_KAFKA": "127.0.0.1:1", "TICKETSTREAM_MONGO": "mongodb://127.0.0.1:1"}
    async with started("demo", environment=elsewhere | {"TMPDIR": str(scratch)}) as process:
        yield await ended(process)


def section(demo: Outcome, title: str) -> list[str]:
    """Return the lines between a heading and the next one."""
    below = demo.out.split(f"\n{title}  GET ", 1)[1].split("\n\n", 1)[0]
    return [line.rstrip() for line in below.splitlines()[1:]]


def test_it_succeeds_and_shows_its_progress_apart_from_its_results(demo: Outcome) -> None:
    assert (demo.code, demo.err.splitlines()) == (
        0,
        [
            "starting Kafka, MongoDB and the services …",
            "importing a directory and users …",
            "logging in as demo …",
            "reading the views …",
            "stopping …",
        ],
    )


def test_it_prints_a_line_for_each_command(demo: Outcome) -> None:
    lines = iter(demo.out.splitlines()[1:])
    for step, line in zip(STORY, lines, strict=False):
        status = "400" if step.refused else "201" if step.command == "OpenTicket" else "200"
        visible = r"" if step.refused else r" +\d+ ms"
        assert re.fullmatch(rf"{step.command} +{step.outcome} +{status}{visible} *", line), line
    assert re.match(rf"{len(EVENTS)} events, each in the view \d+ ms after its answer", next(lines))


def test_it_shows_the_ticket_as_the_list_does(demo: Outcome) -> None:
    item = dict(line.split(maxsplit=1) for line in section(demo, "The ticket in the list") if " " in line)
    assert {"status": "CLOSED", "ref": "2016256649", "state.value": "TicketClosed"}.items() <= item.items()
    assert {
        "agencies.0.name": "Agence du Nord",
        "patrimony.name": "Supermarché des Flandres",
        "provider.name": "Froid Dubrulle",
        "provider.phones": "0199004512, 0639980145",
        "caller.name": "Mr John Doe",
        "address.city": "TOURCOING",
    }.items() <= item.items()
    assert item["created"] < item["closed"] == item["updated"] == item["state.date"]


def test_it_shows_the_journal_by_day(demo: Outcome) -> None:
    journal = "\n".join(section(demo, "Its journal"))
    assert re.match(r"\d{4}-\d\d-\d\d\n", journal)
    assert re.findall(r"^ +\d\d:\d\d  (\w+)", journal, re.MULTILINE) == EVENTS[1:]
    assert "called: Froid Dubrulle, medium: PHONE, identifier: 0199004512" in journal
    assert "message: Marchandises transférées en chambre froide n° 2." in journal


def test_it_shows_the_statistics(demo: Outcome) -> None:
    stats = dict(line.split() for line in section(demo, "Statistics"))
    assert stats["newTickets.lastSevenDays"] == "1"
    assert int(stats["newTickets.lastMonth"]) + int(stats["newTickets.currentMonth"]) == 1
    assert stats["ticketCreationFrequency.byDay"] in ("1", "0.5")


def test_it_shows_the_events_of_the_feed(demo: Outcome) -> None:
    feed = [line.split() for line in section(demo, "The events")]
    assert [event for _, event, _ in feed] == EVENTS
    assert [sent for sent, _, _ in feed] == sorted(sent for sent, _, _ in feed)
    assert len({process_uid for _, _, process_uid in feed}) == len(EVENTS)


def test_it_leaves_no_process_and_no_folder(demo: Outcome, scratch: Path) -> None:
    assert demo.code == 0
    assert working_in(scratch) == {}
    assert list(scratch.iterdir()) == []


@pytest.mark.long
async def test_a_stack_that_dies_during_the_story_is_reported_and_its_logs_are_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with started("demo", "--data", str(data)) as process:
        await line_with(process.stdout, "OpenTicket")
        process.send_signal(signal.SIGSTOP)
        os.kill(json.loads((data / "run.json").read_text())["pid"], signal.SIGKILL)
        process.send_signal(signal.SIGCONT)
        outcome = await ended(process)
    assert outcome.code == 1
    said = outcome.err.splitlines()
    assert re.fullmatch(
        rf"The demo failed while playing \w+: ticketstream up was ended by SIGKILL \(log: {data}/logs/.*\)",
        said[-2],
    )
    assert said[-1] == f"The logs are in {data}/logs."
    assert (data / "logs" / "gateway.log").exists()
    await nobody_works_in(data, within=10)


async def test_a_signal_stops_it_in_order_and_removes_its_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with started("demo", "--data", str(data)) as process:
        await line_with(process.stderr, "starting Kafka, MongoDB and the services")
        async with asyncio.timeout(SECONDS):
            while not (data / "run.json").exists():
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        outcome = await ended(process)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.splitlines() == ["stopping …", "The demo was stopped before its end."]
    assert working_in(data) == {}
    assert not data.exists()


@pytest.mark.long
async def test_it_stops_in_order_when_its_output_is_closed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    reader, writer = os.pipe()
    os.close(reader)
    async with started("demo", "--data", str(data), stdout=writer) as process:
        os.close(writer)
        outcome = await ended(process)
    assert outcome.code == 1
    assert outcome.err.splitlines()[-2:] == ["stopping …", "The demo was stopped before its end."]
    assert working_in(data) == {}
    assert not data.exists()


async def test_a_folder_with_files_is_refused_and_stays_unchanged(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    async with started("demo", "--data", str(tmp_path)) as process:
        outcome = await ended(process)
    assert (outcome.code, outcome.out, outcome.err) == (
        1,
        "",
        f"The data folder {tmp_path} is not empty, and the demo removes its folder at the end; "
        "give it one that does not exist yet with --data.\n",
    )
    assert (tmp_path / "mine").read_text() == "precious"


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with started("demo", "--data", str(tmp_path / "file" / "data")) as process:
        outcome = await ended(process)
    assert (outcome.code, outcome.out, outcome.err) == (
        1,
        "",
        f"The data folder {tmp_path}/file/data cannot be used (Not a directory); choose another with --data.\n",
    )
