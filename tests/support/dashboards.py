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
    for dashboard in dashboards().values():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield target["expr"].replace("$__rate_interval", "1m")
