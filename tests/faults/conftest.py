"""Outages and restarts take their time: most tests of this folder are `long`, and have a target of their own."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALWAYS = "test_projector_killed.py"
"""Runs with every `make test`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.name != ALWAYS:
            item.add_marker(pytest.mark.long)
