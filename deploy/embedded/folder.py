"""The data folder: one owner at a time, room enough, and ports that stay the same from one run to the next."""

import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.errors import CannotStart

MIN_FREE_BYTES = 512 * 1024 * 1024
"""A fresh MongoDB alone takes 300 MB."""
LOCK_PATIENCE_S = 0.5
"""`is_claimed` of another process holds the lock for an instant; an owner holds it for good."""
LOOPBACK = "127.0.0.1"


@contextmanager
def claim(folder: Path, *, min_free_bytes: int = MIN_FREE_BYTES) -> Iterator[None]:
    """Make `folder` if it is missing and own it; raises `CannotStart` if it is taken, full or not writable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileExistsError as file:
        raise CannotStart(f"The data folder {folder} is a file; choose another with --data.") from file
    except OSError as refusal:
        raise CannotStart(
            f"The data folder {folder} can not be written ({refusal.strerror}); choose another with --data."
        ) from refusal
    try:
        if not _locked(lock):
            raise CannotStart(
                f"The data folder {folder} is in use by another Ticketstream; stop that one, "
                "or choose another folder with --data."
            )
        free = shutil.disk_usage(folder).free
        if free < min_free_bytes:
            raise CannotStart(
                f"The data folder {folder} has {free >> 20} MB free and needs {min_free_bytes >> 20} MB; "
                "free some space, or choose another folder with --data."
            )
        yield
    finally:
        os.close(lock)


def is_claimed(folder: Path) -> bool:
    """Tell whether some process owns `folder` at this moment."""
    try:
        lock = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def steady_ports(folder: Path, names: Iterable[str], *, reserved: Iterable[int] = ()) -> dict[str, int]:
    """Give each name a free loopback port: the one it had in `folder` last time, if that is still free.

    None of the ports is a `reserved` one.
    """
    memory = folder / "ports.json"
    known = _remembered(memory)
    taken = {0, *reserved}
    ports: dict[str, int] = {}
    for name in names:
        before = known.get(name, 0)
        ports[name] = before if before not in taken and is_free(before) else _free_port(taken.union(known.values()))
        taken.add(ports[name])
    fresh = memory.with_suffix(".new")
    fresh.write_text(json.dumps(known | ports))
    fresh.replace(memory)
    return ports


def _remembered(memory: Path) -> dict[str, int]:
    """Read what a run before wrote; a file that a power cut left broken is no memory, and nothing is lost with it."""
    try:
        ports: dict[str, int] = json.loads(memory.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return ports


def is_free(port: int) -> bool:
    """Tell whether `port` can be listened on at the loopback address."""
    return objection(port) is None


def objection(port: int) -> str | None:
    """Tell why `port` can not be listened on at the loopback address, None when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as refusal:
            return refusal.strerror or str(refusal)
    return None


def _free_port(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def _locked(lock: int) -> bool:
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True
