"""The rules of Prometheus: promtool accepts them and finds in its cases what they expect, and each alert is whole."""

import functools
import re
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parent.parent.parent
FILES = sorted((REPOSITORY / "manifests" / "monitoring" / "rules").glob("*.yaml"))
CASES = sorted((Path(__file__).resolve().parent / "monitoring").glob("*.yaml"))

SEVERITIES = {"critical", "warning", "info"}
TEAMS = {"ml", "platform"}
NOT_THRESHOLDS = {"0", "1", "86400"}
"""Nothing, the whole, and a day."""


@functools.cache
def rules():
    return [rule for path in FILES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


@functools.cache
def cases():
    return [case for path in CASES for case in yaml.safe_load(path.read_text())["tests"]]


def anchors(markdown):
    """The fragments that a page's headings are reached by."""
    headings = re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def test_promtool_accepts_the_rules(promtool):
    checked = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *FILES)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_rules_say_what_the_cases_expect(promtool, path):
    tested = run(promtool, "test", "rules", path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_alert_is_seen_firing_and_not_firing():
    seen = {True: set(), False: set()}
    for case in cases():
        for expected in case.get("alert_rule_test", []):
            seen[bool(expected["exp_alerts"])].add(expected["alertname"])
    names = {rule["alert"] for rule in alerts()}
    assert seen == {True: names, False: names}


def test_each_recorded_series_has_a_value_in_a_case():
    asked = "\n".join(expected["expr"] for case in cases() for expected in case.get("promql_expr_test", []))
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert [name for name in sorted(recorded) if not re.search(rf"{name}\b(?!:)", asked)] == []


def test_groups_are_named_once():
    names = [group["name"] for path in FILES for group in yaml.safe_load(path.read_text())["groups"]]
    assert len(names) == len(set(names))
    for path in CASES:
        assert sorted(yaml.safe_load(path.read_text())["group_eval_order"]) == sorted(names)


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_who_what_and_where_to_read_on(rule):
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["labels"]["team"] in TEAMS
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert anchor == rule["alert"].lower()
    assert anchor in anchors((REPOSITORY / page).read_text())


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_compares_with_thresholds_and_not_with_numbers(rule):
    assert set(re.findall(r"[<>=]=? *(\d[\d.]*)", rule["expr"])) <= NOT_THRESHOLDS
