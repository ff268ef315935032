"""Commands and events of the contract's examples, with the fields that a test cares about replaced."""

import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[1] / "contract" / "examples"


def example(kind: str, name: str, **changed: Any) -> dict[str, Any]:
    """Read `<kind>.<name>.json` of the examples; a field changed to None is left out."""
    fields: dict[str, Any] = json.loads((EXAMPLES / f"{kind}.{name}.json").read_text()) | changed
    return {field: value for field, value in fields.items() if value is not None}


def command(name: str, **changed: Any) -> dict[str, Any]:
    """Give an example command, as `example` does."""
    return example("command", name, **changed)
