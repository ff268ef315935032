"""The machine and the versions with which a record was made."""

import os
import platform
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import psutil

from deploy.embedded import mongod
from deploy.embedded.kafka.jars import LOCK

PROCESSORS = Path("/proc/cpuinfo")
BROKER = "kafka_2.13"
LIBRARIES = ("pymongo", "aiokafka", "uvicorn", "starlette", "pydantic", "uvloop")
GIBIBYTE = 2**30


def machine() -> dict[str, str]:
    """Return what the machine is, and how busy it was in the last minute, in words."""
    memory = psutil.virtual_memory().total / GIBIBYTE
    return {
        "processor": processor_model(PROCESSORS.read_text()),
        "cores": str(psutil.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "busy at the start": f"{os.getloadavg()[0]:.1f} processes",
    }


def versions() -> dict[str, str]:
    """Return the versions of language, engines and libraries; raises `StartError` without the embedded engines."""
    said = subprocess.run([mongod.executable(), "--version"], capture_output=True, check=True, timeout=30, text=True)  # noqa: S603
    return {
        "Python": platform.python_version(),
        "MongoDB": said.stdout.splitlines()[0].removeprefix("db version v"),
        "Kafka": locked_version(LOCK.read_text()),
        **{library: version(library) for library in LIBRARIES},
    }


def processor_model(described: str) -> str:
    """Return the model of the first processor in the text of `/proc/cpuinfo`."""
    models = (line.partition(":")[2] for line in described.splitlines() if line.startswith("model name"))
    return " ".join(next(models, "unknown").split())


def locked_version(lock: str) -> str:
    """Return the version of Kafka in the text of the lock of its jars."""
    (broker,) = (entry for entry in tomllib.loads(lock)["dependencies"] if entry["artifactId"] == BROKER)
    found: str = broker["version"]
    return found
