"""The command line as a process of its own, on the test's engines."""

from pathlib import Path

import pytest

from shared.settings import EngineSettings
from tests.integration.cli.running import CommandLine


@pytest.fixture
def ticketstream(settings: EngineSettings, tmp_path: Path) -> CommandLine:
    """Give a command line that finds the test's own stack by its environment."""
    return CommandLine(settings, tmp_path)
