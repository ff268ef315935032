"""The command line as a separate process, on the test's engines."""

from pathlib import Path

import pytest

from shared.process.settings import EngineSettings
from tests.integration.cli.cli_platform import CommandLine


@pytest.fixture
def ticketstream(settings: EngineSettings, tmp_path: Path) -> CommandLine:
    """Return a command line whose environment names the test's own stack."""
    return CommandLine(settings, tmp_path)
