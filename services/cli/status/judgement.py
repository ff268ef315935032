"""What is wrong with a stack, in sentences.

In a stack of `up`, all processes of `run.json` must run. In other stacks, Compose for instance, at least one gateway,
one command service and one projector must run.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from services.cli.local.stack import ProcessState
from services.cli.status.ages import age
from services.cli.status.views_lag import Lag
from shared.mongo import Document
from shared.process.heartbeats import SILENT_SECONDS
from shared.storage.event_document import event_id
from shared.storage.publication import Withheld
from shared.storage.waiting_events import LATE_MS

MOST_WITHHELD = 5
"""Number of tickets with a withheld event that are named."""
MISSING = {
    "gateway": "No gateway runs: clients cannot reach the platform.",
    "command": "No command service runs: no command is accepted, and no event is published.",
    "projector": "No projector runs: the views do not change.",
}
"""The sentence for each kind of service of which none runs."""


def not_running(processes: Iterable[ProcessState]) -> Iterator[str]:
    """Yield a sentence for each process of `up` that does not run."""
    for process in processes:
        if process.state != "running":
            yield f"The process {process.name} is {process.state}."


def missing_services(processes: Iterable[ProcessState], heartbeats: Sequence[Document], database: str) -> Iterator[str]:
    """Yield a sentence for each kind of service of which none lives, and for each process of `up` that is silent."""
    kinds, names = {beat["service"] for beat in heartbeats}, {beat["_id"] for beat in heartbeats}
    if kinds:
        yield from (sentence for kind, sentence in MISSING.items() if kind not in kinds)
    else:
        yield (
            f"Nothing runs on the database {database}: no service has written a heartbeat for {SILENT_SECONDS} "
            "seconds; start the services, for instance with `ticketstream up`."
        )
    for process in processes:
        kind = process.name.partition("-")[0]
        if process.state == "running" and kind in kinds and process.name not in names:
            yield f"The process {process.name} runs, but has written no heartbeat for {SILENT_SECONDS} seconds."


def servers_away(engine: str, answering: int, expected: int | None) -> Iterator[str]:
    """Yield a sentence if some servers of an engine answer, and others do not."""
    if expected and 0 < answering < expected:
        yield f"Of {expected} servers of {engine} only {answering} answer{'s' if answering == 1 else ''}."


def unpublishing(heartbeats: Iterable[Document]) -> Iterator[str]:
    """Yield why a relay does not publish."""
    for beat in heartbeats:
        if failure := beat["relayFailure"]:
            yield f"{beat['_id']} does not publish: {failure}"


def refused(withheld: Withheld) -> Iterator[str]:
    """Yield a sentence for each event that Kafka refuses, and one for those beyond `MOST_WITHHELD`."""
    for ticket, event in islice(withheld.items(), MOST_WITHHELD):
        yield (
            f"Kafka refuses event {event_id(ticket, event.version)} ({event.reason}); it is withheld, with what "
            "follows it in its ticket, until the settings of the topic or the broker allow it."
        )
    if len(withheld) > MOST_WITHHELD:
        yield f"Kafka refuses events of {len(withheld) - MOST_WITHHELD} more tickets."


def late(lag: Lag | None) -> Iterator[str]:
    """Yield a sentence if the oldest waiting event is older than a minute."""
    if lag and lag.milliseconds is not None and lag.milliseconds >= LATE_MS:
        yield f"The views are {age(lag.milliseconds)} behind; they should be less than a minute."
