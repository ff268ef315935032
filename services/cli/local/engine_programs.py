"""Kafka and MongoDB as programs: their addresses, and the programs to start for those that do not run already."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.embedded import mongod
from deploy.embedded.child_process import Program
from deploy.embedded.mongod_access import access

PORTS = ("kafka", "kafka-controller", "mongod")
"""Names of the ports that the two need."""


async def engine_programs(
    folder: Path, ports: Mapping[str, int], jars: Sequence[Path], kafka: str | None, mongo: str | None
) -> tuple[str, str, list[Program]]:
    """Return the addresses of Kafka and MongoDB, and the programs to start for those that are None.

    The programs keep their files in `folder`. `jars` are Kafka's, needed only to start it. Raises `StartError`.
    """
    programs = []
    if kafka is None:
        from deploy.embedded.kafka import broker  # noqa: PLC0415 - needs the extra `embedded`

        kafka = broker.address(ports["kafka"])
        programs.append(await broker.program(folder, jars, ports["kafka"], ports["kafka-controller"]))
    if mongo is None:
        granted = access(mongod.files(folder))
        mongo = mongod.url(ports["mongod"], granted)
        programs.append(mongod.program(folder, ports["mongod"], granted))
    return kafka, mongo, programs
