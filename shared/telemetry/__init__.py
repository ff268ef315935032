"""How a process says what happens: log lines (`logs`) and numbers (`metrics`)."""

from shared.telemetry.logs import Logger, configure_logging, logger
from shared.telemetry.metrics import APPEND_SECONDS, APPENDED_TOGETHER, COMMANDS, RELAY_LAG_SECONDS, RELAYED

__all__ = [
    "APPENDED_TOGETHER",
    "APPEND_SECONDS",
    "COMMANDS",
    "RELAYED",
    "RELAY_LAG_SECONDS",
    "Logger",
    "configure_logging",
    "logger",
]
