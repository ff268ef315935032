"""Outages and restarts take minutes: all tests of this folder are `long`, and run with `make test-long`."""

from pathlib import Path

import pytest

from tests.support.measures.recovery import table

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder as `long`."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.long)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the recovery time after each kill."""
    if lines := table():
        terminalreporter.section("accepted and shown again after kill -9")
        for line in lines:
            terminalreporter.write_line(line)
