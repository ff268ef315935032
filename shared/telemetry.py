"""How a process says what happens: one JSON object a line on standard error, with facts and without personal data."""

import logging
import sys
from typing import TextIO

import orjson
import structlog

Logger = structlog.stdlib.BoundLogger


def configure_logging(name: str, stream: TextIO = sys.stderr) -> None:
    """Send every log record of this process, the libraries' included, to `stream` as JSON lines that carry `name`."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _named(name),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for library in ("aiokafka", "faust", "mode", "pymongo", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _named(name: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = name
        return event

    return add


def logger(module: str) -> Logger:
    """Give the logger of `module`; call it with a short event name and the facts as keywords."""
    made: Logger = structlog.stdlib.get_logger(module)
    return made
