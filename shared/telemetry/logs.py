"""One JSON object a line, with facts and without personal data."""

import logging
import sys
from typing import TextIO

import orjson
import structlog

from shared.failures import place_of, told
from shared.telemetry.traces import current, trace_of

Logger = structlog.typing.FilteringBoundLogger


def configure_logging(name: str, stream: TextIO = sys.stderr) -> None:
    """Send every log record of this process, the libraries' included, to `stream` as JSON lines that carry `name`.

    Of an exception that a record carries, its kind and place are told: its text may quote what people wrote.
    Our own records go there directly; going through `logging` would cost a tenth of a command.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(lambda failed: place_of(failed[1])),
        _named(name),
        _traced,
    ]
    as_json = structlog.processors.JSONRenderer(_json)
    structlog.configure(
        processors=[*shared, as_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, as_json],
        )
    )
    handler.addFilter(_quoting_nobody)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for library in ("aiokafka", "faust", "mode", "pymongo", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _quoting_nobody(record: logging.LogRecord) -> bool:
    """Let every record pass; an exception in its message is told as anywhere else."""
    if isinstance(record.msg, BaseException):
        record.msg = _told(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(_told(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
    return True


def _told(failure: BaseException) -> str:
    return told(failure) or type(failure).__name__


def _json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _named(name: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = name
        return event

    return add


def _traced(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the trace of the request that is being answered."""
    if trace := trace_of(current()):
        event["trace"] = trace
    return event


def logger(module: str) -> Logger:
    """Give the logger of `module`; call it with a short event name and the facts as keywords."""
    made: Logger = structlog.get_logger(module=module)
    return made
