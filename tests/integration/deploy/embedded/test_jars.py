"""Kafka's jars: what is there and sound is used, what is missing or damaged is fetched, what is foreign is refused."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.embedded.errors import CannotStart
from deploy.embedded.kafka.jars import class_path

CLOSED = "http://127.0.0.1:9"
DAMAGED = b"no jar"


Fetched = tuple[tuple[Path, ...], list[tuple[int, int]]]
"""The jars, and what was reported meanwhile: how many of how many were there."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word about it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` as a Maven repository; gives its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture
def sound() -> tuple[Path, ...]:
    """Give the jars that the engines of this run use."""
    return class_path(lambda _there, _total: None)


@pytest.fixture
def home(sound: tuple[Path, ...]) -> Path:
    """Give the repository that they are in."""
    return Path(os.path.commonpath(sound))


@pytest.fixture
def repository(tmp_path: Path, sound: tuple[Path, ...], home: Path) -> Path:
    """Make another repository of the same jars."""
    for jar in sound:
        link = tmp_path / "repository" / jar.relative_to(home)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(jar)
    return tmp_path / "repository"


@pytest.fixture
def damaged(repository: Path) -> Path:
    """Damage one of its jars."""
    jar = next(repository.rglob("kafka-raft-*.jar"))
    jar.unlink()
    jar.write_bytes(DAMAGED)
    return jar


@pytest.fixture
def fetch(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Fetched]:
    """Give what asks for the jars while the repository at a URL stands in for Maven Central."""
    settings = tmp_path / "jgo.conf"
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))

    def ask(url: str) -> Fetched:
        settings.write_text(f"[repositories]\ncentral = {url}\n")
        reports: list[tuple[int, int]] = []
        return class_path(lambda there, total: reports.append((there, total)), repository), reports

    return ask


def test_sound_jars_need_no_network(repository: Path, fetch: Callable[[str], Fetched]) -> None:
    jars, reports = fetch(CLOSED)
    assert all(jar.is_relative_to(repository) for jar in jars)
    assert reports == []


def test_a_damaged_jar_and_a_missing_one_are_fetched(
    repository: Path, damaged: Path, home: Path, fetch: Callable[[str], Fetched]
) -> None:
    missing = next(repository.rglob("kafka-clients-*.jar"))
    missing.unlink()
    with served(home) as url:
        jars, reports = fetch(url)
    for jar in (damaged, missing):
        assert jar in jars
        assert jar.read_bytes() == (home / jar.relative_to(repository)).read_bytes()
    assert reports == [(len(jars) - awaited, len(jars)) for awaited in (2, 1, 0)]
    assert is_tidy(repository)


def test_without_a_network_a_jar_that_is_needed_is_said(
    repository: Path, damaged: Path, fetch: Callable[[str], Fetched]
) -> None:
    with pytest.raises(
        CannotStart,
        match=rf"^Kafka's library {damaged.name} can not be fetched \(\[Errno 111\] Connection refused\); "
        r"check the network and start again\.$",
    ):
        fetch(CLOSED)
    assert is_tidy(repository)


def test_a_jar_that_nobody_has_is_said(damaged: Path, tmp_path: Path, fetch: Callable[[str], Fetched]) -> None:
    with (
        served(tmp_path) as url,
        pytest.raises(CannotStart, match=rf"^Kafka's library {damaged.name} can not be fetched \(.* not found"),
    ):
        fetch(url)


def test_a_jar_with_another_sum_is_not_used(
    repository: Path, damaged: Path, tmp_path: Path, fetch: Callable[[str], Fetched]
) -> None:
    foreign = tmp_path / "foreign" / damaged.relative_to(repository)
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"another program")
    with (
        served(tmp_path / "foreign") as url,
        pytest.raises(CannotStart, match=rf"^Kafka's library {damaged.name} was fetched with another SHA-256 sum"),
    ):
        fetch(url)
    assert damaged.read_bytes() == DAMAGED
    assert is_tidy(repository)


def test_a_repository_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        CannotStart, match=r"^Kafka's libraries can not be kept in .*file/repository \(Not a directory\); make that"
    ):
        class_path(lambda _there, _total: None, tmp_path / "file" / "repository")


def is_tidy(repository: Path) -> bool:
    """Tell whether nothing half fetched is left."""
    return list(repository.glob(".*")) == []
