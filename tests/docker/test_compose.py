"""The platform as docker-compose.yml composes it: the demo's story, unclean stops, more of each service, data kept."""

from collections.abc import AsyncIterator

import pytest

from services.cli.demo.player import shows
from tests.docker.composed import Composed, composed

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
async def platform() -> AsyncIterator[Composed]:
    async with composed() as running:
        yield running


async def test_it_plays_a_tickets_life(platform: Composed) -> None:
    ticket, events = await platform.play()
    assert shows(await platform.ticket(ticket), events)


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


@pytest.mark.parametrize("service", ["command", "projector", "gateway", "kafka", "mongo"])
async def test_what_is_killed_comes_back_and_nothing_is_lost(platform: Composed, service: str) -> None:
    ticket, events = await platform.play()
    await platform.compose("kill", "--signal", "SIGKILL", service)
    await platform.compose("up", "--wait")
    assert shows(await platform.ticket(ticket), events)
    await platform.play()


async def test_several_of_a_service_share_the_work(platform: Composed) -> None:
    await platform.compose("up", "--wait", "--scale", "command=2", "--scale", "projector=3")
    for _ in range(3):
        await platform.play()
    status = await platform.cli("status")
    assert status.count("running") == 6
    assert "lag: 0 events" in status


async def test_the_data_is_kept_over_down_and_up(platform: Composed) -> None:
    ticket, events = await platform.play()
    await platform.compose("down")
    await platform.compose("up", "--wait")
    assert shows(await platform.ticket(ticket), events)
    await platform.play()
