"""The contract's examples: of every command and every event, of the views, of a refusal."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def examples() -> dict[str, Any]:
    """Give the examples by name: `command.AddMessage`, `event.MessageAdded`, `view.list`."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("examples.json").read_text("utf-8"))
    return found
