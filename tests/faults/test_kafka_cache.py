"""Java's cache of Kafka's classes: made once and used; Kafka starts without it when it is damaged or outdated."""

import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.embedded.child_process import Running, spawn
from deploy.embedded.data_folder import steady_ports
from deploy.embedded.kafka import aot, broker
from deploy.embedded.kafka.jars import class_path

Jars = tuple[Path, ...]


@pytest.fixture
def jars(tmp_path: Path) -> Jars:
    """Yield Kafka's jars in the test's own folder, without a cache beside them."""
    folder = tmp_path / "jars"
    folder.mkdir()
    return tuple(Path(shutil.copy2(jar, folder)) for jar in class_path(lambda _there, _total: None))


def caches(jars: Jars) -> list[Path]:
    return sorted(jars[0].parent.glob("*.aot"))


@asynccontextmanager
async def started(folder: Path, jars: Jars) -> AsyncIterator[Running]:
    """Run a broker with its files in `folder`; yields when it answers."""
    folder.mkdir(exist_ok=True)
    ports = steady_ports(folder, ("kafka", "kafka-controller"))
    running = await spawn(await broker.program(folder, jars, *ports.values()))
    try:
        await running.ready()
        yield running
    finally:
        await running.stop()


def uses(running: Running, cache: Path) -> bool:
    return str(cache) in Path(f"/proc/{running.pid}/maps").read_text()


async def test_the_next_broker_starts_with_the_cache_unless_it_is_damaged(tmp_path: Path, jars: Jars) -> None:
    for number in range(aot.KEPT + 1):
        older = jars[0].with_name(f"ticketstream-{number}.aot")
        older.touch()
        os.utime(older, (number, number))
    folder = tmp_path / "data"
    folder.mkdir()
    await broker.prepare_next_start(folder, jars)
    (old, cache) = sorted(caches(jars), key=lambda file: file.stat().st_mtime)
    assert old.name == f"ticketstream-{aot.KEPT}.aot"
    assert list(folder.iterdir()) == []
    made = cache.stat().st_mtime_ns
    await broker.prepare_next_start(folder, jars)
    assert cache.stat().st_mtime_ns == made

    async with started(folder, jars) as running:
        assert uses(running, cache)
    with cache.open("r+b") as spoilt:
        spoilt.seek(cache.stat().st_size // 3)
        spoilt.write(os.urandom(100_000))
    async with started(folder, jars) as running:
        assert not uses(running, cache)
    cache.write_bytes(cache.read_bytes()[:10_000_000])
    async with started(folder, jars) as running:
        assert not uses(running, cache)
    assert "aot" not in (folder / "logs" / "kafka.log").read_text()

    now = time.time()
    os.utime(jars[-1], (now, now))
    async with started(folder, jars) as running:
        assert ".aot" not in Path(f"/proc/{running.pid}/cmdline").read_text()


async def test_a_cache_that_cannot_be_made_does_no_harm(
    tmp_path: Path, jars: Jars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aot, "LOW_PRIORITY", ("false",))
    await broker.prepare_next_start(tmp_path, jars)
    assert caches(jars) == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["jars"]
