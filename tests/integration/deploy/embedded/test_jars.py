"""Kafka's jars: sound ones are used, missing or damaged ones are fetched, foreign ones are refused."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.embedded.kafka.jars import class_path
from deploy.embedded.start_error import StartError

CLOSED = "http://127.0.0.1:9"
DAMAGED = b"no jar"


Fetched = tuple[tuple[Path, ...], list[tuple[int, int]]]
"""The jars, and the reported progress: how many of how many were there."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without logging."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` as a Maven repository; yields its URL."""
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
    """Return the jars that the engines of this run use."""
    return class_path(lambda _there, _total: None)


@pytest.fixture
def home(sound: tuple[Path, ...]) -> Path:
    """Return the repository that holds them."""
    return Path(os.path.commonpath(sound))


@pytest.fixture
def repository(tmp_path: Path, sound: tuple[Path, ...], home: Path) -> Path:
    """Create another repository with the same jars."""
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
    """Return a function that fetches the jars while the repository at a URL replaces Maven Central."""
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


def test_without_a_network_the_missing_jar_is_named(
    repository: Path, damaged: Path, fetch: Callable[[str], Fetched]
) -> None:
    with pytest.raises(
        StartError,
        match=rf"^Kafka's library {damaged.name} cannot be fetched \(\[Errno 111\] Connection refused\); "
        r"check the network and start again\.$",
    ):
        fetch(CLOSED)
    assert is_tidy(repository)


def test_a_jar_that_cannot_be_downloaded_is_named(
    damaged: Path, tmp_path: Path, fetch: Callable[[str], Fetched]
) -> None:
    with (
        served(tmp_path) as url,
        pytest.raises(StartError, match=rf"^Kafka's library {damaged.name} cannot be fetched \(.* not found"),
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
        pytest.raises(StartError, match=rf"^Kafka's library {damaged.name} was fetched with another SHA-256 sum"),
    ):
        fetch(url)
    assert damaged.read_bytes() == DAMAGED
    assert is_tidy(repository)


def test_a_repository_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        StartError, match=r"^Kafka's libraries cannot be kept in .*file/repository \(Not a directory\); make that"
    ):
        class_path(lambda _there, _total: None, tmp_path / "file" / "repository")


def is_tidy(repository: Path) -> bool:
    """Return whether no partly fetched file is left."""
    return list(repository.glob(".*")) == []
