"""Prints a status in a terminal."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from services.cli.local.stack import ProcessState
from services.cli.status.ages import age
from services.cli.status.overview import Engine, Status
from services.cli.status.views_lag import Lag

Cell = Callable[[ProcessState], object]

ALONE = 1
"""The pid of a process in its own container. It is the same for all, so it is not shown."""
NUMBERS = ("pid", "restarts")


def show(status: Status, console: Console) -> None:
    """Print `status`: the address, a table of the processes, then a line for each further fact and each problem."""
    if status.url:
        _line(console, status.url)
    if status.processes:
        console.print(_processes(status))
    for engine in status.engines:
        _line(console, _answers(engine))
    if status.lag:
        _line(console, f"lag: {_behind(status.lag)}")
    if status.refill:
        _line(console, f"refill: {status.refill.done:,} of {status.refill.total:,} events published again")
    for stopped in status.stopped:
        _line(console, f"stopped: partition {stopped.partition} at offset {stopped.offset}: {stopped.reason}")
    for problem in status.problems:
        _line(console, f"problem: {problem}")
    if status.ok:
        _line(console, "all is well")


def _processes(status: Status) -> Table:
    """Return the table of processes, without the columns that have no values."""
    columns: dict[str, Cell] = {
        "process": lambda one: one.name,
        "service": lambda one: one.service,
        "pid": lambda one: None if one.pid == ALONE else one.pid,
        "version": lambda one: one.version,
        "state": lambda one: one.state,
        "restarts": lambda one: one.restarts,
        "monitoring": lambda one: status.monitoring.get(one.name),
    }
    table = Table(box=None, pad_edge=False, header_style="bold")
    known = {title: cell for title, cell in columns.items() if any(cell(one) is not None for one in status.processes)}
    for title in known:
        table.add_column(title, justify="right" if title in NUMBERS else "left")
    for process in status.processes:
        cells = (cell(process) for cell in known.values())
        table.add_row(*("" if value is None else str(value) for value in cells))
    return table


def _answers(engine: Engine) -> str:
    name = f"{engine.name} {engine.version}" if engine.version else engine.name
    if not engine.answering:
        return f"{name}: does not answer"
    if engine.expected == 1:
        return f"{name}: answers"
    return f"{name}: {engine.answering} of {engine.expected} servers answer"


def _behind(lag: Lag) -> str:
    count = f"{'' if lag.exact else 'at least '}{lag.events:,} event{'' if lag.events == 1 else 's'}"
    if lag.events == 0:
        return f"{count}, 0 ms"
    if lag.milliseconds is None:
        return f"{count}, received at an unknown time"
    return f"{count}, the oldest received {age(lag.milliseconds)} ago"


def _line(console: Console, text: str) -> None:
    """Print one line without wrapping it, so that it stays one line in a file."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
