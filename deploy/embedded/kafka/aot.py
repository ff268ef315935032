"""Java's ahead-of-time cache of Kafka's classes: with it, a broker starts in half the time.

A broker that is started only for this purpose makes it once; it is kept beside Kafka's jar. Java checks whether it is
intact and fits, and otherwise starts without it.
"""

import asyncio
import hashlib
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from deploy.embedded.child_process import Program, complete, spawn
from deploy.embedded.start_error import StartError

SECONDS = 120
"""Timeout of each of the two steps that make the cache; at low priority they may take long."""
KEPT = 2
"""Number of caches to keep: for this Java and these jars, and for earlier ones; each takes 65 MB."""
QUIET = "-Xlog:aot*=off"
LOW_PRIORITY = ("nice", "-n", "19")


def cache_of(java: Path, options: Sequence[str], jars: Sequence[Path]) -> Path:
    """Return the path of the cache for this Java, these options and these jars; the file may not exist yet."""
    known = hashlib.sha256((java.parents[1] / "release").read_bytes())
    known.update(repr(options).encode())
    for jar in jars:
        facts = jar.stat()
        known.update(f"{jar} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    main = next(jar for jar in jars if jar.name.startswith("kafka_"))
    return main.with_name(f"ticketstream-{known.hexdigest()[:16]}.aot")


def using(cache: Path) -> tuple[str, ...]:
    """Return the options that make Java use `cache`, or none if it does not exist.

    They make Java verify the cache's checksums, because a cache that the disk has damaged would end every broker.
    """
    if not cache.exists():
        return ()
    return (f"-XX:AOTCache={cache}", "-XX:+UnlockDiagnosticVMOptions", "-XX:+VerifySharedSpaces", QUIET)


async def make(cache: Path, broker: Program, scratch: Path) -> None:
    """Make `cache` from the classes that `broker` loads until it answers; work in the folder `scratch`.

    The command line of `broker` must end with the class and its one argument. Raises `StartError` or `OSError`.
    """
    java, *options = broker.argv[:-2]
    recorded, made = scratch / "recorded", scratch / "made"
    record = (java, "-XX:AOTMode=record", f"-XX:AOTConfiguration={recorded}", QUIET, *broker.argv[1:])
    create = (java, "-XX:AOTMode=create", f"-XX:AOTConfiguration={recorded}", f"-XX:AOTCache={made}", QUIET, *options)
    running = await spawn(replace(broker, argv=(*LOW_PRIORITY, *record), patience=SECONDS, grace=0))
    try:
        await running.ready()
        running.send(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            await running.ended()
    except TimeoutError as late:
        raise StartError(f"{broker.name} did not end within {SECONDS} s.") from late
    finally:
        await running.stop()
    await complete("the cache of Kafka's classes", (*LOW_PRIORITY, *create), folder=scratch, seconds=SECONDS)
    await asyncio.to_thread(_keep, made, cache)


def _keep(made: Path, cache: Path) -> None:
    """Put the cache in its place atomically, and delete the oldest caches."""
    with made.open("rb") as source, NamedTemporaryFile(dir=cache.parent, prefix=".", delete=False) as copy:
        try:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
            Path(copy.name).replace(cache)
        except BaseException:
            Path(copy.name).unlink()
            raise
    others = sorted(cache.parent.glob("ticketstream-*.aot"), key=lambda file: file.stat().st_mtime)
    for old in others[:-KEPT]:
        old.unlink(missing_ok=True)
