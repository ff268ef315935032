"""The platform of docker-compose.yml: the demo's story, crashes, scaling, and data that is kept."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.demo.player import shows
from tests.docker.composed import TOP, Composed, composed, run
from tests.support.expected.views import until

pytestmark = pytest.mark.docker

REACHED = """
import socket, sys

for address in sys.argv[1:]:
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), 3).close()
    except OSError:
        continue
    print(address)
"""
"""Prints those of its arguments that accept a connection."""


@pytest.fixture(scope="module")
async def platform() -> AsyncIterator[Composed]:
    async with composed() as running:
        yield running


async def test_it_plays_a_tickets_life(platform: Composed) -> None:
    ticket, events = await platform.play()
    assert shows(await platform.ticket(ticket), events)


async def test_another_up_recreates_nothing_and_starts_the_requested_number(platform: Composed) -> None:
    numbers = {"TICKETSTREAM_COMMANDS": "2", "TICKETSTREAM_PROJECTORS": "3"}
    larger = replace(platform, environment={**platform.environment, **numbers})
    built = await containers(platform)
    await platform.compose("up", "--wait")
    assert await containers(platform) == built
    await platform.compose("up", "--wait", "--scale", "command=2")
    scaled = await containers(platform)
    assert (scaled > built, len(scaled)) == (True, len(built) + 1)
    await larger.compose("up", "--wait")
    grown = await containers(platform)
    assert (grown > scaled, len(grown)) == (True, len(scaled) + 2)
    await platform.compose("up", "--wait")
    assert await containers(platform) == built


async def containers(platform: Composed) -> set[str]:
    """Return the ids of all containers, `init` included."""
    return set((await platform.compose("ps", "--all", "--quiet")).split())


async def test_the_first_start_says_how_to_make_a_user(platform: Composed) -> None:
    assert "ticketstream users add" in await platform.compose("logs", "init")


async def test_only_the_gateway_is_published(platform: Composed) -> None:
    published = await platform.compose("ps", "--format", "{{.Service}} {{.Ports}}")
    reachable = [line for line in published.splitlines() if "->" in line]
    assert len(reachable) == 1
    assert reachable[0].startswith(f"gateway 127.0.0.1:{platform.port}->")


async def test_services_run_without_rights_and_cannot_write_their_files(platform: Composed) -> None:
    for service in ("command", "projector", "gateway"):
        facts = await platform.compose("exec", "-T", service, "sh", "-c", "id -u; grep CapEff /proc/1/status")
        assert facts.split() == ["10001", "CapEff:", "0000000000000000"]
        refused = await platform.compose("exec", "-T", service, "sh", "-c", "touch /app/x 2>&1 || true")
        assert "Read-only file system" in refused
        for python in ("python", "/usr/local/bin/python3"):
            installs = await platform.compose("exec", "-T", service, "sh", "-c", f"{python} -m pip 2>&1 || true")
            assert "No module named pip" in installs


@pytest.mark.parametrize("service", ["command", "projector", "gateway", "kafka", "mongo"])
async def test_killed_containers_restart_and_nothing_is_lost(platform: Composed, service: str) -> None:
    ticket, events = await platform.play()
    container = (await platform.compose("ps", "--quiet", service)).strip()
    before = int(await inspected(container, "{{.RestartCount}}"))
    await die(container)

    async def is_back() -> bool:
        return await inspected(container, "{{.RestartCount}} {{.State.Running}}") == f"{before + 1} true"

    await until(is_back)
    await platform.compose("up", "--wait")
    assert shows(await platform.ticket(ticket), events)
    await platform.play()


async def inspected(container: str, what: str) -> str:
    return (await run("docker", "inspect", "--format", what, container)).strip()


async def die(container: str) -> None:
    """Kill the container's process from inside the host: after `docker kill`, a container is not started again."""
    process = await inspected(container, "{{.State.Pid}}")
    reaching = ("--rm", "--pid", "host", "--user", "root", "--cap-add", "KILL", "--entrypoint", "sh")
    await run("docker", "run", *reaching, "ticketstream", "-c", f"kill -9 {process}")


async def test_several_of_a_service_share_the_work(platform: Composed) -> None:
    await platform.compose("up", "--wait", "--scale", "command=2", "--scale", "projector=3")
    for _ in range(3):
        await platform.play()
    status = await platform.cli("status")
    assert status.count("running") == 6
    assert "lag: 0 events" in status
    assert status.endswith("all is well\n")


async def test_the_state_can_be_asked_for_in_a_container_that_runs(platform: Composed) -> None:
    status = json.loads(await platform.compose("exec", "-T", "gateway", "ticketstream", "status", "--json"))
    assert (status["ok"], status["problems"]) == (True, [])
    assert {process["service"] for process in status["processes"]} == {"gateway", "command", "projector"}


async def test_the_data_is_kept_over_down_and_up(platform: Composed) -> None:
    ticket, events = await platform.play()
    await platform.compose("down")
    await platform.compose("up", "--wait")
    assert shows(await platform.ticket(ticket), events)
    await platform.play()


async def test_a_backup_is_restored_with_the_commands_of_the_page(platform: Composed, tmp_path: Path) -> None:
    """Events after the backup are gone, and everything continues from the backup."""
    back_up, restore = commands_of("Back up and restore")
    kept, events = await platform.play()
    await platform.shell(back_up, tmp_path)
    lost, _ = await platform.play()
    await platform.shell(restore, tmp_path)
    after, as_many = await platform.play()
    assert shows(await platform.ticket(kept), events)
    assert shows(await platform.ticket(after), as_many)
    assert await platform.ticket(lost) is None


async def test_views_emptied_with_the_commands_of_the_page_are_rebuilt(platform: Composed, tmp_path: Path) -> None:
    before, events = await platform.play()
    _, empty = commands_of("Upgrade")
    await platform.shell(empty, tmp_path)
    after, as_many = await platform.play()
    assert shows(await platform.ticket(after), as_many)
    assert shows(await platform.ticket(before), events)


async def test_services_are_replaced_one_by_one_with_the_commands_of_the_page(
    platform: Composed, tmp_path: Path
) -> None:
    ticket, events = await platform.play()
    step_by_step, _ = commands_of("Upgrade")
    changed = replace(
        platform, environment={**platform.environment, "TICKETSTREAM_OTLP_ENDPOINT": "http://nobody:4318"}
    )
    before = await platform.compose("ps", "--format", "{{.Service}} {{.ID}}")
    for line in step_by_step.replace("docker compose build\n", "").splitlines():
        await changed.shell(line, tmp_path)
        await platform.play()
    after = await platform.compose("ps", "--format", "{{.Service}} {{.ID}}")
    new = set(after.splitlines()) - set(before.splitlines())
    assert sorted(line.split()[0] for line in new) == ["command", "gateway", "projector"]
    assert shows(await platform.ticket(ticket), events)


def commands_of(section: str) -> list[str]:
    """Return the blocks of commands in a section of the operations page."""
    (text,) = re.findall(
        rf"^## {section}\n(.*?)^## ", (TOP / "docs/operations.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


async def test_a_container_on_the_subscribers_network_subscribes(platform: Composed) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (TOP / "docs" / "subscribe.md").read_text(), re.DOTALL)
    ticket, events = await platform.play()
    name = f"{platform.project}-subscriber"
    options = ("--name", name, "--network", f"{platform.project}_subscribers", "-e", "BROKERS=kafka:9092")

    async def has_all() -> bool:
        said = (await run("docker", "logs", name)).splitlines()
        versions = [line.split()[0] for line in said if line.startswith(ticket)]
        return versions == [f"{ticket}:{number}" for number in range(1, events + 1)]

    await run("docker", "run", "--detach", *options, "--entrypoint", "python", "ticketstream", "-c", example)
    try:
        await until(has_all, 60)
    finally:
        await run("docker", "rm", "--force", name)


async def test_only_kafka_answers_on_the_subscribers_network(platform: Composed) -> None:
    hidden = []
    for service, port in {"mongo": 27017, "command": 8001, "projector": 9100}.items():
        address = (await platform.compose("exec", "-T", service, "hostname", "-i")).strip()
        hidden += [f"{service}:{port}", f"{address}:{port}"]
    for network, reached in {"inside": ["kafka:9092", *hidden], "subscribers": ["kafka:9092"]}.items():
        joined = ("--rm", "--network", f"{platform.project}_{network}", "--entrypoint", "python")
        said = await run("docker", "run", *joined, "ticketstream", "-c", REACHED, "kafka:9092", *hidden)
        assert said.split() == reached
