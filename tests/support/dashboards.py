"""The dashboards of `deploy/grafana`, and what their panels ask Prometheus."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana"

Panel = dict[str, Any]


def dashboards() -> dict[str, Panel]:
    """Read the dashboards, by the names of their files."""
    return {file.name: json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))}


def expressions() -> Iterator[str]:
    """Give every expression, with a span of time in place of the one that Grafana would put in."""
    for panel in _panels():
        yield from _asked(panel)


def asks(title: str) -> list[str]:
    """Give the expressions of the panels with that title."""
    return [expression for panel in _panels() if panel["title"] == title for expression in _asked(panel)]


def _panels() -> Iterator[Panel]:
    for dashboard in dashboards().values():
        yield from dashboard["panels"]


def _asked(panel: Panel) -> Iterator[str]:
    for target in panel.get("targets", ()):
        yield target["expr"].replace("$__rate_interval", "1m")
