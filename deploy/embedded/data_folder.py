"""The data folder: one owner at a time, enough free space, and the same ports in every run."""

import fcntl
import json
import os
import shutil
import socket
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.start_error import StartError

MIN_FREE_BYTES = 512 * 1024 * 1024
"""A new MongoDB alone takes 300 MB."""
LOCK_PATIENCE_S = 0.5
"""How long to try to lock. `is_claimed` in another process holds the lock briefly; an owner keeps it."""
LOOPBACK = "127.0.0.1"
OTHERS = 0o077
"""Permission bits of users other than the owner; as a umask, it removes them all."""


@contextmanager
def claim(folder: Path, *, min_free_bytes: int = MIN_FREE_BYTES) -> Iterator[None]:
    """Lock `folder` while the block runs. Create it if it is missing, and close it to other users.

    Raises `StartError` if another process owns it, it is full or not writable, or it cannot be closed.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close(folder)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileExistsError as file:
        raise StartError(f"The data folder {folder} is a file; choose another with --data.") from file
    except OSError as refusal:
        raise StartError(
            f"The data folder {folder} cannot be written ({refusal.strerror}); choose another with --data."
        ) from refusal
    try:
        if not _locked(lock):
            raise StartError(
                f"The data folder {folder} is in use by another Ticketstream; stop that one, "
                "or choose another folder with --data."
            )
        free = shutil.disk_usage(folder).free
        if free < min_free_bytes:
            raise StartError(
                f"The data folder {folder} has {free >> 20} MB free and needs {min_free_bytes >> 20} MB; "
                "free some space, or choose another folder with --data."
            )
        yield
    finally:
        os.close(lock)


def _close(folder: Path) -> None:
    """Remove the permissions of other users on `folder`; raises `StartError` when other users use it too.

    A sticky folder like /tmp is accepted if it is empty or a data folder already. The root folder of a new disk is
    often sticky.
    """
    mode = folder.stat().st_mode
    if mode & stat.S_ISVTX and not (folder / "lock").exists() and any(folder.iterdir()):
        raise StartError(f"The data folder {folder} is for all users of this machine; choose another with --data.")
    if mode & OTHERS:
        try:
            folder.chmod(stat.S_IMODE(mode) & ~OTHERS)
        except PermissionError as refusal:
            raise StartError(
                f"The data folder {folder} belongs to another user and is open to others; choose another with --data."
            ) from refusal


@contextmanager
def closed_to_others() -> Iterator[None]:
    """Make the files and folders that the block creates readable only by their owner."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def is_claimed(folder: Path) -> bool:
    """Return whether a process owns `folder` now."""
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
    """Return a free loopback port for each name: the port that `folder` remembers, if that is still free.

    `reserved` ports are not used. Raises `StartError` when the ports cannot be written down.
    """
    memory = folder / "ports.json"
    known = _remembered(memory)
    taken = {0, *reserved}
    ports: dict[str, int] = {}
    for name in names:
        before = known.get(name, 0)
        ports[name] = before if before not in taken and is_free(before) else _free_port(taken.union(known.values()))
        taken.add(ports[name])
    if ports.items() - known.items():
        with written_in(folder):
            fresh = memory.with_suffix(".new")
            fresh.write_text(json.dumps(known | ports))
            fresh.replace(memory)
    return ports


@contextmanager
def written_in(folder: Path) -> Iterator[None]:
    """Replace an `OSError` of the block, which writes in `folder`, with `StartError`."""
    try:
        yield
    except OSError as refusal:
        raise StartError(
            f"{refusal.filename or folder} cannot be written ({refusal.strerror}); make room, or repair it."
        ) from refusal


def _remembered(memory: Path) -> dict[str, int]:
    """Return the ports of the previous run, or none if the file is missing or damaged by a power cut."""
    try:
        ports: dict[str, int] = json.loads(memory.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return ports


def is_free(port: int) -> bool:
    """Return whether a program can listen on `port` at the loopback address."""
    return objection(port) is None


def objection(port: int) -> str | None:
    """Return why no program can listen on `port` at the loopback address, or None if one can."""
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
