"""Prometheus beside the services: it scrapes each of them, and its alerts fire when they should."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from tests.docker.composed import TOP, Composed, composed
from tests.support.clients.http import request
from tests.support.expected.dashboards import asks, expressions
from tests.support.expected.views import until

pytestmark = pytest.mark.docker

OVERLAY = "deploy/compose.observability.yml"
RULES = TOP / "deploy" / "prometheus"
PROMETHEUS = "http://127.0.0.1:9090"
SERVICES = {"command", "projector", "gateway"}


async def docker(*arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        "docker", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(300):
        said, _ = await process.communicate()
    return process.returncode, said.decode()


@pytest.fixture(scope="module")
async def image() -> str:
    """Return the overlay's image of Prometheus; where it cannot be pulled, a stand-in with another tag replaces it."""
    name: str = yaml.safe_load((TOP / OVERLAY).read_text())["services"]["prometheus"]["image"]
    status, _ = await docker("image", "inspect", name)
    if status:
        latest = f"{name.partition(':')[0]}:latest"
        _, standing_in = await docker("image", "inspect", "--format", '{{index .Config.Labels "stand-in"}}', latest)
        if standing_in.strip() == "true":
            await docker("tag", latest, name)
    return name


@pytest.fixture(scope="module")
async def platform(image: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Composed]:
    """Run the overlay without Grafana: where images cannot be pulled it has no stand-in, and it has no metrics."""
    assert image
    async with composed(OVERLAY, secret=tmp_path_factory.mktemp("secrets"), without=("grafana",)) as running:
        yield running


async def test_each_alert_fires_when_it_should_and_not_before(image: str) -> None:
    mounted = f"{RULES}:/rules:ro"
    promtool = ("run", "--rm", "-v", mounted, "-w", "/rules", "--entrypoint", "promtool", image, "test", "rules")
    status, said = await docker(*promtool, "alerts.test.yml")
    assert (status, "SUCCESS" in said) == (0, True), said


def test_each_alert_has_its_test() -> None:
    groups = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
    tests = yaml.safe_load((RULES / "alerts.test.yml").read_text())["tests"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    for wanted in (True, False):
        tested = {
            one["alertname"] for test in tests for one in test["alert_rule_test"] if bool(one["exp_alerts"]) is wanted
        }
        assert tested == alerts


async def asked(query: str) -> list[dict[str, Any]]:
    answer = await request("GET", f"{PROMETHEUS}/api/v1/query?{urlencode({'query': query})}")
    said = json.loads(answer.body)
    assert (answer.status, said["status"]) == (200, "success"), (query, said)
    found: list[dict[str, Any]] = said["data"]["result"]
    return found


async def test_it_scrapes_every_service(platform: Composed) -> None:
    await platform.play()

    async def all_are_up() -> bool:
        return {one["metric"]["service"] for one in await asked('up{job="ticketstream"} == 1')} == SERVICES

    async def commands_are_counted() -> bool:
        return bool(await asked('ticketstream_commands_total{outcome="accepted"} > 0'))

    await until(all_are_up)
    await until(commands_are_counted)
    started = await asked('process_start_time_seconds{job="ticketstream"}')
    assert {one["metric"]["service"] for one in started} == SERVICES
    assert await asked("ALERTS") == []


async def test_the_dashboard_counts_a_missing_service(platform: Composed) -> None:
    (expression,) = asks("Services that do not answer")

    async def missing(number: str) -> bool:
        return [one["value"][1] for one in await asked(expression)] == [number]

    async def is_forgotten() -> bool:
        return not await asked('up{job="ticketstream", service="projector"}')

    await until(lambda: missing("0"))
    await platform.compose("stop", "projector")
    await until(is_forgotten)
    assert await missing("1")
    await platform.compose("start", "projector")
    await until(lambda: missing("0"))


async def test_every_panel_of_a_dashboard_is_filled(platform: Composed) -> None:
    await platform.play()
    empty_when_well = {query for query in expressions() if query == "ALERTS" or 'status=~"5.."' in query}

    async def are_filled() -> bool:
        return all([await asked(query) for query in expressions() if query not in empty_when_well])

    await until(are_filled)
    for query in empty_when_well:
        await asked(query)
