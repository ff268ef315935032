"""Dashboards and alerts: their panels fit Grafana, and they use only metrics that the services have."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics
from tests.support.expected.dashboards import GRAFANA, Panel, dashboards, expressions

TOP = Path(__file__).parents[3]
OVERLAY = TOP / "deploy" / "compose.observability.yml"
ALERTS = TOP / "deploy" / "prometheus" / "alerts.yml"
COLUMNS = 24
SAMPLES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
PANELS = [(name, panel) for name, dashboard in dashboards().items() for panel in dashboard["panels"]]


def counted() -> dict[str, set[str]]:
    """Return the labels of every metric of the services, by its name."""
    made = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    return {
        family.name + end: {*metric._labelnames, "le"} if end == "_bucket" else set(metric._labelnames)
        for metric in made
        for family in metric.describe()
        for end in SAMPLES[family.type]
    }


def asked() -> list[str]:
    rules = [rule["expr"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    return [*expressions(), *rules]


def provisioned(kind: str, section: str) -> list[dict[str, Any]]:
    files = (GRAFANA / "provisioning" / kind).glob("*.yml")
    return [one for file in files for one in yaml.safe_load(file.read_text())[section]]


def test_there_is_a_dashboard_and_it_is_found() -> None:
    assert [dashboard["title"] for dashboard in dashboards().values()] == ["The path of a command"]
    mounts = dict(
        mount.split(":")[:2] for mount in yaml.safe_load(OVERLAY.read_text())["services"]["grafana"]["volumes"]
    )
    (provider,) = provisioned("dashboards", "providers")
    assert mounts["./deploy/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"


def test_dashboards_and_panels_have_different_ids() -> None:
    assert len({dashboard["uid"] for dashboard in dashboards().values()}) == len(dashboards())
    for dashboard in dashboards().values():
        assert Counter(panel["id"] for panel in dashboard["panels"]).most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    ("name", "panel"), PANELS, ids=lambda value: value.get("title") if isinstance(value, dict) else value
)
def test_a_panel_can_be_shown(name: str, panel: Panel) -> None:
    assert panel["title"], name
    assert panel["type"] in ("row", "stat", "table", "timeseries")
    assert bool(panel.get("targets")) is (panel["type"] != "row")
    sources = {source["uid"] for source in provisioned("datasources", "datasources")}
    for target in panel.get("targets", ()):
        assert target["expr"].strip()
        assert target["datasource"]["uid"] in sources
    letters = [target["refId"] for target in panel.get("targets", ())]
    assert len(set(letters)) == len(letters)


def test_panels_lie_side_by_side() -> None:
    for dashboard in dashboards().values():
        taken: Counter[tuple[int, int]] = Counter()
        for place in (panel["gridPos"] for panel in dashboard["panels"]):
            assert place["x"] + place["w"] <= COLUMNS
            taken.update(
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            )
        assert set(taken.values()) == {1}


@pytest.mark.parametrize("expression", asked())
def test_what_is_asked_for_is_counted(expression: str) -> None:
    known = counted()
    for name, selector in re.findall(r"(ticketstream_\w+)(?:\{(.*?)\})?", expression):
        assert name in known
        asked_for = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
        assert asked_for <= known[name] | {"service", "instance"}
