"""The service `demo` of the compose files: it runs once, reaches the gateway from inside, and holds no secret."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from services.cli.main import app

TOP = Path(__file__).parents[3]


class _Loader(yaml.SafeLoader):
    """Reads the tags of Compose as plain values."""


_Loader.add_multi_constructor("!", lambda loader, _tag, node: _plain(loader, node))


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else None


def services(file: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load((TOP / file).read_text(), _Loader)["services"]  # noqa: S506 - a safe loader
    return content


def test_it_runs_once_after_the_gateway_and_only_when_asked() -> None:
    demo = services("docker-compose.yml")["demo"]
    assert demo["profiles"] == ["demo"]
    assert demo["restart"] == "no"
    assert demo["depends_on"] == {"gateway": {"condition": "service_healthy"}}
    assert "ports" not in demo


def test_its_command_is_one_that_ticketstream_has() -> None:
    words = services("docker-compose.yml")["demo"]["command"]
    name, *options = words
    help_text = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).output
    assert name == "fill"
    assert all(option.partition("=")[0] in help_text for option in options)


def test_it_reaches_gateway_and_engines_and_is_given_no_password() -> None:
    demo = services("docker-compose.yml")["demo"]
    gateway = services("docker-compose.yml")["gateway"]
    assert f"--url=http://gateway:{gateway['environment']['TICKETSTREAM_PORT']}" in demo["command"]
    assert demo["networks"] == ["inside"]
    assert "inside" in gateway["networks"]
    assert set(demo["environment"]) == set(services("docker-compose.yml")["cli"]["environment"])
    assert "password" not in str(demo).lower()


@pytest.mark.parametrize(
    ("file", "published", "scheme", "port"),
    [("docker-compose.yml", "gateway", "http", "8000"), ("deploy/compose.tls.yml", "edge", "https", "443")],
)
def test_it_prints_urls_of_the_address_that_is_published(file: str, published: str, scheme: str, port: str) -> None:
    found = services(file)
    [binding] = found[published]["ports"]
    assert f"--shown-url={scheme}://{binding.removesuffix(f':{port}')}" in found["demo"]["command"]


def test_with_https_its_command_is_the_same_but_for_what_it_prints() -> None:
    commands = [services(file)["demo"]["command"] for file in ("docker-compose.yml", "deploy/compose.tls.yml")]
    plain, tls = [[word for word in words if not word.startswith("--shown-url=")] for words in commands]
    assert plain == tls


def test_with_high_availability_it_has_the_same_engines_as_the_command_line() -> None:
    overlay = services("deploy/compose.ha.yml")
    assert overlay["demo"] == overlay["cli"]
