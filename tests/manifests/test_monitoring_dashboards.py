"""Grafana's dashboards: what the sources say, whole, and with nothing that Grafana does not know."""

import importlib.util
import itertools
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

MONITORING = Path(__file__).resolve().parent.parent.parent / "manifests" / "monitoring"
FILES = sorted((MONITORING / "dashboards").glob("*.json"))
NAMES = ["data", "models", "pipelines", "platform", "serving"]

VALUES = {"$namespace": ".*", "$pipeline": ".*", "$model": ".*", "$__rate_interval": "5m", "$__range": "1h"}
"""In place of what Grafana puts there."""


@pytest.fixture(scope="module")
def grafana():
    spec = importlib.util.spec_from_file_location("grafana", MONITORING / "grafana.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def board(name):
    return json.loads((MONITORING / "dashboards" / f"{name}.json").read_text())


def panels(name):
    return [panel for panel in board(name)["panels"] if panel["type"] != "row"]


def test_every_dashboard_is_what_its_source_says(grafana, capsys):
    assert [path.stem for path in FILES] == NAMES
    assert grafana.main(["--check"]) == 0, capsys.readouterr().err


def test_a_dashboard_that_was_changed_by_hand_is_found_and_written_again(grafana, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(grafana, "SOURCES", tmp_path)
    (tmp_path / "data.yaml").write_text((MONITORING / "dashboards" / "data.yaml").read_text())
    assert grafana.main(["--check"]) == 1
    assert "data.json is not what its source says" in capsys.readouterr().err
    assert grafana.main([]) == 0
    assert (tmp_path / "data.json").read_text() == (MONITORING / "dashboards" / "data.json").read_text()
    (tmp_path / "data.json").write_text("{}")
    assert grafana.main(["--check"]) == 1


def test_colours_begin_where_alerts_do(grafana):
    red = [
        step["value"] for panel in panels("models") for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    ]
    assert grafana.rule_thresholds()["served_model_age_seconds"] in red


def test_dashboards_are_told_apart_and_lead_to_each_other():
    boards = [board(name) for name in NAMES]
    assert len({one["uid"] for one in boards}) == len({one["title"] for one in boards}) == len(boards)
    assert all(one["uid"] == f"shipway-{name}" for one, name in zip(boards, NAMES, strict=True))
    for one in boards:
        (link,) = one["links"]
        assert link["type"] == "dashboards"
        assert all(set(link["tags"]) <= set(other["tags"]) for other in boards)


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_numbers_and_places_of_their_own(name):
    placed = board(name)["panels"]
    assert len({panel["id"] for panel in placed}) == len(placed)
    for one, other in itertools.combinations([panel["gridPos"] for panel in placed], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert all(0 <= panel["gridPos"]["x"] <= 24 - panel["gridPos"]["w"] for panel in placed)


@pytest.mark.parametrize("name", NAMES)
def test_a_panel_says_what_it_shows(name):
    for panel in panels(name):
        assert panel["title"]
        assert re.fullmatch(r"[A-Z].{20,}\.", panel["description"]), panel["title"]
        assert panel["targets"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])


@pytest.mark.parametrize("name", NAMES)
def test_variables_are_there_where_they_are_used(name):
    declared = {f"${variable['name']}" for variable in board(name)["templating"]["list"]}
    expressions = [target["expr"] for panel in panels(name) for target in panel["targets"]]
    used = {found for expression in expressions for found in re.findall(r"\$\w+", expression)}
    assert used - {"$__rate_interval", "$__range"} <= declared
    kept = {
        f"${one}" for panel in panels(name) for link in panel["links"] for one in re.findall(r"\{(\w+):", link["url"])
    }
    assert kept <= declared


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_dashboards_that_are_there(name):
    known = {board(other)["uid"] for other in NAMES}
    led_to = {re.match(r"/d/([\w-]+)\?", link["url"])[1] for panel in panels(name) for link in panel["links"]}
    assert led_to <= known - {board(name)["uid"]}


@pytest.fixture(scope="module")
def kept_by_grafana():
    """What is left of a dashboard that Grafana's own models have read: fields that they do not know are dropped."""
    reason = "grafana-foundation-sdk, which has Grafana's models, is not installed"
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder", reason=reason)
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard", reason=reason)
    pytest.importorskip("grafana_foundation_sdk.cog.plugins", reason=reason).register_default_plugins()
    return lambda document: json.loads(encoder.JSONEncoder().encode(models.Dashboard.from_json(document)))


@pytest.mark.parametrize("name", NAMES)
def test_grafana_knows_every_field(name, kept_by_grafana):
    assert list(_lost(board(name), kept_by_grafana(board(name)))) == []


def test_a_field_that_is_misspelt_would_be_found(kept_by_grafana):
    document = board("pipelines")
    document["refesh"] = "1m"
    document["panels"][1]["options"]["showHeaders"] = True
    document["panels"][2]["fieldConfig"]["defaults"]["units"] = "s"
    document["panels"][2]["targets"][0]["expression"] = "1"
    assert sorted(_lost(document, kept_by_grafana(document))) == [
        ".panels[1].options.showHeaders",
        ".panels[2].fieldConfig.defaults.units",
        ".panels[2].targets[0].expression",
        ".refesh",
    ]


def _lost(before, after, where=""):
    """The places of a document that are not the same in another."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            at = f"{where}.{name}"
            if name in after:
                yield from _lost(value, after[name], at)
            else:
                yield at
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for at, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _lost(one, other, f"{where}[{at}]")
    elif before != after:
        yield where


@pytest.mark.parametrize("name", NAMES)
def test_prometheus_accepts_every_query(name, promtool, tmp_path):
    rules = [
        {"record": f"panel_{panel['id']}_{target['refId']}", "expr": _without_variables(target["expr"])}
        for panel in panels(name)
        for target in panel["targets"]
    ]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": name, "rules": rules}]}))
    words = [promtool, "check", "rules", tmp_path / "rules.yaml"]
    checked = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def _without_variables(expression):
    for variable, value in VALUES.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression
    return expression
