"""The dashboards in `deploy/grafana` and the queries of their panels."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[3] / "deploy" / "grafana"

Panel = dict[str, Any]


def dashboards() -> dict[str, Panel]:
    """Return the dashboards by file name."""
    return {file.name: json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))}


def expressions() -> Iterator[str]:
    """Return every expression, with a fixed interval in place of Grafana's variable."""
    for panel in _panels():
        yield from _asked(panel)


def asks(title: str) -> list[str]:
    """Return the expressions of the panels with this title."""
    return [expression for panel in _panels() if panel["title"] == title for expression in _asked(panel)]


def _panels() -> Iterator[Panel]:
    for dashboard in dashboards().values():
        yield from dashboard["panels"]


def _asked(panel: Panel) -> Iterator[str]:
    for target in panel.get("targets", ()):
        yield target["expr"].replace("$__rate_interval", "1m")
