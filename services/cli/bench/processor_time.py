"""The processor time that processes use."""

from collections.abc import Mapping

import psutil


def processor_seconds(watched: Mapping[str, psutil.Process]) -> dict[str, float]:
    """Return the processor seconds that each process has used until now."""
    times = {name: process.cpu_times() for name, process in watched.items()}
    return {name: used.user + used.system for name, used in times.items()}
