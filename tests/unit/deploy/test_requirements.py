"""The requirement files pin the dependencies of pyproject.toml with hashes, and name no index."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ASKED = {"runtime": (), "embedded": ("embedded",), "dev": ("embedded", "dev")}
"""The extras of each file."""

ENTRY = re.compile(r"(?P<pin>[a-z0-9-]+==[^ ]+)(?: ; [^\\]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")


def pins(name: str) -> set[str]:
    return {entry["pin"] for entry in ENTRY.finditer((ROOT / f"deploy/requirements/{name}.txt").read_text())}


@pytest.mark.parametrize("name", [*ASKED, "clients"])
def test_holds_nothing_but_hashed_pins(name: str) -> None:
    assert ENTRY.sub("", (ROOT / f"deploy/requirements/{name}.txt").read_text()) == ""


@pytest.mark.parametrize("name", ASKED)
def test_holds_the_pins_of_the_project(name: str) -> None:
    extras: list[list[str]] = [PROJECT["optional-dependencies"][extra] for extra in ASKED[name]]
    asked = {line.partition(";")[0] for line in sum(extras, PROJECT["dependencies"])}
    assert asked - pins(name) == set()


def test_holds_the_generator_of_clients() -> None:
    asked = (ROOT / "tests/e2e/clients/requirements.in").read_text().splitlines()[1:]
    assert set(asked) <= pins("clients")


def test_the_lock_of_node_packages_names_no_registry() -> None:
    lock = json.loads((ROOT / "tests/e2e/clients/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize(("fewer", "more"), [("runtime", "embedded"), ("embedded", "dev")])
def test_what_is_added_changes_nothing(fewer: str, more: str) -> None:
    assert pins(fewer) - pins(more) == set()


def test_the_licence_of_each_package_is_listed() -> None:
    rows = re.findall(r"^\| ([\w.-]+) +\| (\S+) +\| \S", (ROOT / "docs/licences.md").read_text(), re.MULTILINE)
    listed = {f"{re.sub('[_.]', '-', name.lower())}=={version}" for name, version in rows if version != "Version"}
    for_windows = {pin for pin in pins("runtime") if pin.startswith("colorama")}
    assert listed == pins("runtime") - for_windows, "run `make licences`"
