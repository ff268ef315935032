"""Kafka's jars: downloaded once into the local Maven repository, and verified against the lock before every use.

`jgo` records SHA-256 sums in its lock but does not check jars that it finds. So this module checks them.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.config import GlobalSettings
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext
from requests import RequestException

from deploy.embedded.start_error import StartError

LOCK = Path(__file__).with_name("jgo.lock.toml")
TIMEOUT_S = 30

Report = Callable[[int, int], None]
"""Called with the number of jars that exist and the number of all jars."""


def class_path(report: Report, repository: Path | None = None) -> tuple[Path, ...]:
    """Return the jars of the lock, with verified sums; download missing and damaged ones.

    They are kept in `repository` (default: the user's Maven repository). If none is missing, no network is needed and
    `report` is not called. Raises `StartError` when a jar cannot be downloaded or stored, or has another sum.
    """
    settings = GlobalSettings.load()
    kept = repository or settings.repo_cache
    locked = LockFile.load(LOCK).dependencies
    jars = [(entry, _path(entry, kept)) for entry in locked]
    missing = [(entry, jar) for entry, jar in jars if not _is_sound(jar, entry)]
    if missing:
        try:
            kept.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=".fetching-", dir=kept) as scratch:
                source = MavenContext(repo_cache=Path(scratch), timeout=TIMEOUT_S)
                source.remote_repos.update(settings.repositories)
                for present, (entry, jar) in enumerate(missing, len(jars) - len(missing)):
                    report(present, len(jars))
                    fetched = _fetch(entry, source)
                    jar.parent.mkdir(parents=True, exist_ok=True)
                    fetched.replace(jar)
                report(len(jars), len(jars))
        except OSError as refusal:
            raise StartError(
                f"Kafka's libraries cannot be kept in {kept} ({refusal.strerror}); "
                "make that folder writable, or name another with M2_REPO."
            ) from refusal
    return tuple(jar for _, jar in jars)


def _fetch(entry: LockedDependency, source: MavenContext) -> Path:
    artifact = source.project(entry.groupId, entry.artifactId).at_version(entry.version).artifact()
    try:
        jar = artifact.resolve()
    except (RequestException, RuntimeError, OSError) as failure:
        raise StartError(
            f"Kafka's library {artifact.filename} cannot be fetched ({_origin(failure)}); "
            "check the network and start again."
        ) from failure
    if not _is_sound(jar, entry):
        raise StartError(
            f"Kafka's library {artifact.filename} was fetched with another SHA-256 sum than {LOCK.name} says; "
            "it is not used. Check where this machine fetches Maven artifacts from."
        )
    return jar


def _origin(failure: BaseException) -> BaseException:
    """Return the innermost exception, which has the operating system's own message."""
    while failure.__context__:
        failure = failure.__context__
    return failure


def _path(entry: LockedDependency, repository: Path) -> Path:
    name = f"{entry.artifactId}-{entry.version}.{entry.packaging}"
    return repository.joinpath(*entry.groupId.split("."), entry.artifactId, entry.version, name)


def _is_sound(jar: Path, entry: LockedDependency) -> bool:
    if not jar.exists():
        return False
    with jar.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == entry.sha256
