"""Downloads Kafka when it is missing, and shows the progress."""

import os
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from deploy.embedded.start_error import StartError


def kafka_jars(console: Console, folder: Path) -> tuple[Path, ...]:
    """Return Kafka's jars and download missing ones; raises `StartError` when that fails.

    The jars are kept in the user's home folder, or in `folder` for a user who has none.
    """
    try:
        from deploy.embedded.kafka.jars import class_path  # noqa: PLC0415 - needs the extra `embedded`
    except ImportError as missing:
        raise StartError(
            "The embedded Kafka is not installed; install ticketstream[embedded], or point --kafka at one that runs."
        ) from missing
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(folder)
    if not console.is_terminal:
        return class_path(lambda there, total: console.print(f"fetching Kafka: {there} of {total} files …"))
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("fetching Kafka", visible=False)
        return class_path(lambda there, total: progress.update(bar, completed=there, total=total, visible=True))
