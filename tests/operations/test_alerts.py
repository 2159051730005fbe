"""Alerts and dashboard are about metrics that there are, and each alert is explained."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from runtime.settings import ROOT
from tests.support.entries import entry, write
from tests.support.furnished import furnish
from tests.support.scraping import Silent, metrics, scraped

RULES = ROOT / "deploy" / "prometheus-alerts.yaml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
DOCUMENT = (ROOT / "docs" / "operations.md").read_text()
METRIC = re.compile(r"\b(?:accord|temporal|process)_[a-z_]+\b")


def alerts() -> list[dict[str, Any]]:
    """Every rule."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    """What is asked of Prometheus."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    return [rule["expr"] for rule in alerts()] + shown


def test_whatever_is_asked_for_is_there_and_told(database: Engine, tmp_path: Path) -> None:
    furnish(database)
    write(database, entry("a"))
    with metrics(tmp_path).served(database, Silent()) as port:
        text = scraped(port)
    told = re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE)
    there = {name for name, _ in told}
    there |= {
        f"{name}_{end}" for name, kind in told if kind == "histogram" for end in ("bucket", "sum", "count")
    }
    asked = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert len(asked) > 15
    assert asked <= there, asked - there
    ours = {name for name, _ in told if name.startswith("accord_") and not name.endswith("_created")}
    assert [name for name in sorted(ours) if f"`{name}" not in DOCUMENT] == []


def test_each_alert_has_a_line_that_says_what_it_means_and_what_to_do() -> None:
    lines = dict(re.findall(r"^\| `(Accord\w+)` (\|.*\|.*\|)$", DOCUMENT, re.MULTILINE))
    assert sorted(lines) == sorted(rule["alert"] for rule in alerts())
    for name, line in lines.items():
        meaning, to_do = (part.strip() for part in line.strip("|").split("|"))
        assert meaning and to_do, name


def test_each_alert_says_to_whom_it_goes() -> None:
    assert {rule["labels"]["severity"] for rule in alerts()} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"].endswith(".") for rule in alerts())


@pytest.mark.database
@pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not installed here (package prometheus)"
)
def test_prometheus_takes_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", str(RULES)], check=True)
