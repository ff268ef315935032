"""Spectral's own rules find neither an error nor a warning in the descriptions."""

import json
from pathlib import Path

import pytest

from tests.e2e.clients.conftest import TOP
from tests.support.processes.programs import run

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("document", "rules"), [("asyncapi.yaml", "spectral:asyncapi"), ("openapi.json", "spectral:oas")]
)
async def test_the_rules_are_kept(node_tools: Path, document: str, rules: str) -> None:
    ruleset = node_tools / "ruleset.json"
    ruleset.write_text(json.dumps({"extends": [rules]}))
    spectral = node_tools / "node_modules" / ".bin" / "spectral"
    await run(
        spectral, "lint", "--fail-severity", "warn", "--ruleset", ruleset, TOP / "docs" / document, folder=node_tools
    )
