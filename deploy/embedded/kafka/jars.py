"""Kafka's jars: fetched once into the local Maven repository, verified against the lock before every use.

`jgo` records SHA-256 sums in its lock but uses a jar it finds without looking at them, so they are compared here.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.config import GlobalSettings
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext
from requests import RequestException

from deploy.embedded.errors import CannotStart

LOCK = Path(__file__).with_name("jgo.lock.toml")
TIMEOUT_S = 30

Report = Callable[[int, int], None]
"""Told how many jars of how many are there."""


def class_path(report: Report, repository: Path | None = None) -> tuple[Path, ...]:
    """Give the jars of the lock, each with the sum that the lock says; missing and damaged ones are fetched.

    They are kept in `repository` (default: the user's Maven repository). Raises `CannotStart` when a jar can not be
    fetched or kept, or its sum is another one. With nothing to fetch it needs no network, and `report` is not called.
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
            raise CannotStart(
                f"Kafka's libraries can not be kept in {kept} ({refusal.strerror}); "
                "make that folder writable, or name another with M2_REPO."
            ) from refusal
    return tuple(jar for _, jar in jars)


def _fetch(entry: LockedDependency, source: MavenContext) -> Path:
    artifact = source.project(entry.groupId, entry.artifactId).at_version(entry.version).artifact()
    try:
        jar = artifact.resolve()
    except (RequestException, RuntimeError, OSError) as failure:
        raise CannotStart(
            f"Kafka's library {artifact.filename} can not be fetched ({_origin(failure)}); "
            "check the network and start again."
        ) from failure
    if not _is_sound(jar, entry):
        raise CannotStart(
            f"Kafka's library {artifact.filename} was fetched with another SHA-256 sum than {LOCK.name} says; "
            "it is not used. Check where this machine fetches Maven artifacts from."
        )
    return jar


def _origin(failure: BaseException) -> BaseException:
    """Find what the layers above have wrapped: the system's own word for it."""
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
