"""How a process says what happens: log lines (`logs`), numbers (`metrics`) and traces (`traces`)."""

from shared.telemetry.logs import Logger, configure_logging, logger
from shared.telemetry.metrics import (
    APPEND_QUEUE,
    APPEND_SECONDS,
    APPENDED_TOGETHER,
    COMMANDS,
    COMMANDS_IN_HAND,
    DECISION_SECONDS,
    HTTP_SECONDS,
    ORIGIN_TO_VISIBLE_SECONDS,
    PROJECTED,
    PROJECTION_LAG_EVENTS,
    PROJECTION_LAG_SECONDS,
    READS_WAITING,
    RELAY_LAG_SECONDS,
    RELAYED,
    STOPPED_PARTITIONS,
)

__all__ = [
    "APPENDED_TOGETHER",
    "APPEND_QUEUE",
    "APPEND_SECONDS",
    "COMMANDS",
    "COMMANDS_IN_HAND",
    "DECISION_SECONDS",
    "HTTP_SECONDS",
    "ORIGIN_TO_VISIBLE_SECONDS",
    "PROJECTED",
    "PROJECTION_LAG_EVENTS",
    "PROJECTION_LAG_SECONDS",
    "READS_WAITING",
    "RELAYED",
    "RELAY_LAG_SECONDS",
    "STOPPED_PARTITIONS",
    "Logger",
    "configure_logging",
    "logger",
]
