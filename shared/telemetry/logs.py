"""Logging: one JSON object per line, with facts and without personal data."""

import atexit
import logging
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO, cast

import orjson
import structlog

from shared.clock import utc_now, wire
from shared.telemetry.failures import describe, place_of
from shared.telemetry.line_writer import LineWriter
from shared.telemetry.repeats import Repeats, same_facts, same_text
from shared.telemetry.traces import current, trace_of

_PLACES = re.compile(r"%(\(\w+\))?[-#0-9.]*[a-z]")
"""Placeholders of a template. A template of placeholders only does not identify a kind of line."""

Logger = structlog.typing.FilteringBoundLogger


def log_in_groups(name: str) -> LineWriter:
    """Configure logging to standard error, for a service: lines are written in groups, and nobody waits for it.

    Returns what writes them, for further lines. The last ones are written when the process ends.
    """

    def lost(count: int) -> bytes:
        said = {"timestamp": wire(utc_now()), "event": "lines_lost", "level": "warning", "process": name}
        return orjson.dumps(said | {"lines": count}, option=orjson.OPT_APPEND_NEWLINE)

    lines = LineWriter(sys.stderr.fileno(), lost)
    atexit.register(lines.close)
    configure_logging(name, lines)
    return lines


def configure_logging(name: str, stream: TextIO | LineWriter = sys.stderr) -> None:
    """Write every log record of this process, also of libraries, to `stream` as JSON lines with the process's `name`.

    A line names the kind and the place of an exception, not its text, which may quote what users wrote.
    The project's own records bypass `logging`, which would cost a tenth of a command's time.
    A repeated line of a library, or a repeated warning, is written once a minute. Its `left_out` counts the lines of
    its kind that were left out since the last one. Lines that do not fit on a full disk are lost, without an error.
    """
    repeats = Repeats()
    lines = _Lines(stream)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(lambda failed: place_of(failed[1])),
        _named(name),
        _traced,
    ]
    as_json = structlog.processors.JSONRenderer(_json)
    structlog.configure(
        processors=[_once_a_minute(repeats), *shared, as_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", lines)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _with_left_out, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, as_json],
        )
    )
    handler.addFilter(_without_quotes)
    handler.addFilter(_once_a_minute_of_a_library(repeats))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for library in ("aiokafka", "faust", "mode", "pymongo", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _without_quotes(record: logging.LogRecord) -> bool:
    """Pass every record. Replace an exception in its message by its description."""
    if isinstance(record.msg, BaseException):
        record.msg = _description(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(_description(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
    return True


def _once_a_minute_of_a_library(repeats: Repeats) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that identifies lines by their templates, because their addresses and causes vary."""

    def passes(record: logging.LogRecord) -> bool:
        template = str(record.msg)
        if not any(map(str.isalpha, _PLACES.sub("", template))):
            template = f"{template} {record.args}"
        failed = record.exc_info[0] if record.exc_info else None
        left_out = repeats.passes((record.name, record.levelname, same_text(template), failed))
        record.left_out = left_out
        return left_out is not None

    return passes


def _once_a_minute(repeats: Repeats) -> structlog.typing.Processor:
    """Return a processor that drops repeated warnings and errors of the project's own modules.

    Lines of level info always pass. Such a line shows that its module works again, so its next warning passes too.
    Lines about tickets are remembered apart: while an engine is away there are so many that all others would be
    forgotten, and would pass again.
    """
    of_tickets = Repeats()

    def passes(_logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if method == "info":
            repeats.changed(event.get("module"))
            of_tickets.changed(event.get("module"))
            return event
        left_out = (of_tickets if "ticket" in event else repeats).passes(same_facts(method, event), event.get("module"))
        if left_out is None:
            raise structlog.DropEvent
        if left_out:
            event["left_out"] = left_out
        return event

    return passes


def _with_left_out(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if left_out := event["_record"].left_out:
        event["left_out"] = left_out
    return event


class _Lines:
    """A stream for log lines. It ignores write errors, such as a full disk, because the process must continue."""

    def __init__(self, stream: TextIO | LineWriter) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):  # there is no other place to report it
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _description(failure: BaseException) -> str:
    return describe(failure) or type(failure).__name__


def _json(event: structlog.typing.EventDict, **_: object) -> str:
    """Return a line, in which the time and the event come first."""
    line = {"timestamp": event.pop("timestamp"), "event": event.pop("event"), **event}
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _named(name: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = name
        return event

    return add


def _traced(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the trace id of the request in work."""
    if trace := trace_of(current()):
        event["trace"] = trace
    return event


def logger(module: str) -> Logger:
    """Return the logger of `module`. Call it with a short event name, and with facts as keywords."""
    made: Logger = structlog.get_logger(module=module)
    return made
