"""Clients that common generators make of the API's description play the demonstration's story."""

import json
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.cli.demo.story import LASTED, STORY, body
from shared.clock import utc_now, wire
from tests.e2e.clients.conftest import HERE, TOP
from tests.support.engines.chosen_engines import Engines
from tests.support.processes.demo_stack import DemoStack, demo_stack
from tests.support.processes.programs import run

pytestmark = pytest.mark.long

DESCRIPTION = TOP / "docs" / "openapi.json"
EVENTS = [step.outcome for step in STORY if not step.refused] + ["MessageAdded"]
"""The events of the story, and of the command that each client adds."""


@pytest.fixture(scope="module")
async def stack(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoStack]:
    """Run a platform for all clients."""
    folder = tmp_path_factory.mktemp("stack")
    async with demo_stack(engines, folder, f"clients-{secrets.token_hex(6)}") as running:
        yield running


async def test_a_python_client_plays_the_story(stack: DemoStack, python_tools: Path, tmp_path: Path) -> None:
    client = tmp_path / "ticketstream_client"
    generated = ("--path", DESCRIPTION, "--output-path", client, "--meta", "none", "--fail-on-warning")
    path = f"{python_tools}:/usr/bin:/bin"  # the generator formats with the ruff that it finds
    await run(python_tools / "openapi-python-client", "generate", *generated, folder=tmp_path, PATH=path)
    opened = utc_now() - LASTED
    words = (python_tools / "python", HERE / "play.py", *asked(stack, tmp_path, opened))
    check(await run(*words, folder=tmp_path, PASSWORD=stack.operator.password, PYTHONPATH=str(tmp_path)), opened)


async def test_a_typescript_client_plays_the_story(stack: DemoStack, node_tools: Path, tmp_path: Path) -> None:
    for name in ("play.ts", "tsconfig.json"):
        shutil.copy(HERE / name, node_tools)
    tools = node_tools / "node_modules" / ".bin"
    await run(tools / "openapi-typescript", DESCRIPTION, "--output", "ticketstream.ts", folder=node_tools)
    await run(tools / "tsc", "--project", ".", folder=node_tools)
    opened = utc_now() - LASTED
    words = ("node", "compiled/play.js", *asked(stack, tmp_path, opened))
    check(await run(*words, folder=node_tools, PASSWORD=stack.operator.password), opened)


def asked(stack: DemoStack, folder: Path, opened: datetime) -> tuple[str, str, str]:
    """Return the arguments of a program: the URL, the login, and a file with the commands of the story."""
    commands: list[dict[str, Any]] = []
    for step in STORY:
        how = "open" if step.command == "OpenTicket" else "increment"
        commands.append(commands[-1] if step.again else {how: body(step, opened, str(uuid4()))})
    file = folder / "commands.json"
    file.write_text(json.dumps(commands))
    return stack.url, stack.operator.login, str(file)


def check(said: str, opened: datetime) -> None:
    """Compare what a program saw with the story."""
    seen = json.loads(said)
    assert wire(datetime.fromisoformat(seen.pop("opened"))) == wire(opened)
    assert seen == {
        "outcomes": [step.outcome for step in STORY] + ["MessageAdded"],
        "status": "CLOSED",
        "journal": EVENTS[1:],
        "listed": [True, *[False] * (len(seen["listed"]) - 1)],
        "count": f"0-{len(seen['listed']) - 1}/{len(seen['listed'])}",
        "lastSevenDays": True,
        "fed": EVENTS,
    }
