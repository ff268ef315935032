"""The contract's examples: every command and event, the views, and a refusal."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def examples() -> dict[str, Any]:
    """Return the examples by name, such as `command.AddMessage`, `event.MessageAdded` and `view.list`."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("examples.json").read_text("utf-8"))
    return found
