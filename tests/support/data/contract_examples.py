"""The contract's example commands and events, with replaced fields."""

import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[3] / "docs" / "contract" / "examples"


def example(kind: str, name: str, **changed: Any) -> dict[str, Any]:
    """Read the example `<kind>.<name>.json`; a field changed to None is left out."""
    fields: dict[str, Any] = json.loads((EXAMPLES / f"{kind}.{name}.json").read_text()) | changed
    return {field: value for field, value in fields.items() if value is not None}


def command(name: str, **changed: Any) -> dict[str, Any]:
    """Return an example command; see `example`."""
    return example("command", name, **changed)
