"""What the demonstration prints: a line for each command, then the views as tables."""

from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Any

from rich.table import Table
from rich.text import Text

from services.cli.demo.story import STORY, Played
from shared.clock import ZONE, instant
from shared.contract import DayEvent, TicketEvent

GAP = 2
LINE = ("command", "event or refusal", "status", "visible")
COMMAND_WIDTH = max(len(step.command) for step in STORY)
OUTCOME_WIDTH = max(len(step.outcome) for step in STORY)
VISIBLE_WIDTH = len("10000 ms")


def head_line(width: int) -> Table:
    """Return the column titles of the command lines; a line has at most `width` characters."""
    return _line(width, *(Text(name, "bold") for name in LINE))


def command_line(width: int, played: Played) -> Table:
    """Return the line of one command: its outcome, its status, and when the view showed its event."""
    colour = "yellow" if played.step.refused else "green"
    return _line(
        width,
        Text(played.step.command, "cyan"),
        Text(played.step.outcome, colour),
        Text(str(played.status), colour),
        Text("" if played.visible_ms is None else f"{played.visible_ms:.0f} ms"),
    )


def summary(played: Iterable[Played]) -> Text:
    """Return a sentence on how soon the view showed the events."""
    waits = [one.visible_ms for one in played if one.visible_ms is not None]
    return Text(
        f"{len(waits)} events, each in the view {median(waits):.0f} ms after its answer (median), "
        f"{max(waits):.0f} ms at most",
        "dim",
    )


def heading(title: str, request: str) -> Text:
    """Return the heading of a view: its title and the request for it."""
    return Text.assemble("\n", (title, "bold"), "  ", (request, "dim"))


def facts(record: Mapping[str, Any]) -> Table:
    """Return a JSON object as a table with a line for each value."""
    table = _grid()
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in flat(record):
        table.add_row(name, Text(value))
    return table


def journal(days: Iterable[DayEvent]) -> Table:
    """Return a journal by day as a table; times are local times of `ZONE`."""
    table = _grid()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="green", no_wrap=True)
    table.add_column(overflow="fold")
    for day in days:
        table.add_row(Text(day.day, "bold"))
        for event in day.events:
            time = instant(event.date).astimezone(ZONE).strftime("%H:%M")
            said = (f"{name}: {value}" for name, value in flat(event.data.model_dump(exclude_none=True)))
            table.add_row(time, event.eventName, Text(", ".join(said)))
    return table


def feed(events: Iterable[TicketEvent]) -> Table:
    """Return events as a table, in the order in which they were received."""
    table = _grid()
    table.add_column(no_wrap=True)
    table.add_column(style="green", no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for event in events:
        table.add_row(event.sentDate, event.eventType, event.processUid)
    return table


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every value in a JSON value; a list without objects counts as one value."""
    match value:
        case Mapping():
            for name, part in value.items():
                yield from flat(part, f"{path}.{name}" if path else name)
        case [Mapping(), *_]:
            for position, part in enumerate(value):
                yield from flat(part, f"{path}.{position}")
        case list():
            yield path, ", ".join(map(str, value))
        case _:
            yield path, str(value)


def _line(width: int, *cells: Text) -> Table:
    """Return one line with fixed column widths, because each line is printed separately; a long outcome is wrapped."""
    table = _grid()
    rest = width - COMMAND_WIDTH - len("status") - VISIBLE_WIDTH - 3 * GAP
    table.add_column(width=COMMAND_WIDTH, no_wrap=True)
    table.add_column(width=min(OUTCOME_WIDTH, rest), overflow="fold")
    table.add_column(width=len("status"), justify="right")
    table.add_column(width=VISIBLE_WIDTH, justify="right")
    table.add_row(*cells)
    return table


def _grid() -> Table:
    return Table.grid(padding=(0, GAP), pad_edge=False)
