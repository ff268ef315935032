"""Telemetry of a process: log lines (`logs`, `access_log`), metrics (`metrics`) and traces (`traces`)."""

from shared.telemetry.access_log import AccessLog
from shared.telemetry.logs import Logger, configure_logging, log_in_groups, logger
from shared.telemetry.metrics import (
    APPEND_QUEUE,
    APPEND_SECONDS,
    APPENDED_TOGETHER,
    COMMANDS,
    COMMANDS_IN_HAND,
    DECISION_SECONDS,
    HTTP_SECONDS,
    MONGO_CONNECTIONS,
    MONGO_WAITING,
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
    "MONGO_CONNECTIONS",
    "MONGO_WAITING",
    "ORIGIN_TO_VISIBLE_SECONDS",
    "PROJECTED",
    "PROJECTION_LAG_EVENTS",
    "PROJECTION_LAG_SECONDS",
    "READS_WAITING",
    "RELAYED",
    "RELAY_LAG_SECONDS",
    "STOPPED_PARTITIONS",
    "AccessLog",
    "Logger",
    "configure_logging",
    "log_in_groups",
    "logger",
]
