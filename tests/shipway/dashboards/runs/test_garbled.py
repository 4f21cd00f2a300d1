"""Pages over files in which anything may stand: every page is a page, and nothing in it is markup."""

from __future__ import annotations

import json
import random
import shutil

import pytest

from shipway.runner.home import Home

ODD = [
    None, True, -1, 0, 1e308, float("nan"), float("inf"), 10**30, "", "x\ud800y", "<b>", "../..", "a" * 5000,
    "\u202e", [], {}, [[1]], {"a": {"b": [None]}},
]  # fmt: skip
ROUNDS = 12


def garbled(chance, value):
    """`value` with a few parts of it lost, or replaced by what nobody expects there."""
    if chance.random() < 0.05:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: garbled(chance, one) for key, one in value.items() if chance.random() > 0.01}
    if isinstance(value, list):
        return [garbled(chance, one) for one in value if chance.random() > 0.02]
    return value


@pytest.mark.parametrize("with_lineage", [True, False], ids=["lineage", "journal-alone"])
def test_every_page_is_a_page(filled_home, dashboards, tmp_path, with_lineage):
    chance = random.Random(7)
    home = Home(tmp_path / "home")
    home.path.mkdir()
    shutil.copytree(filled_home.home.runs, home.runs)
    if with_lineage:
        shutil.copy(filled_home.home.metadata_db, home.metadata_db)
    run_id, whole = filled_home.second, filled_home.home.runs / filled_home.second
    paths = [
        f"/runs/{run_id}", f"/runs/{run_id}/live", f"/runs/{run_id}/tasks/fit", "/runs?state=FAILED", "/pipelines",
        f"/compare?run={filled_home.first}&run={run_id}&show=all",
    ]  # fmt: skip
    with dashboards(home).client() as client:
        for _ in range(ROUNDS):
            for name in ("request.json", "spec.json"):
                record = garbled(chance, json.loads((whole / name).read_text()))
                (home.runs / run_id / name).write_text(json.dumps(record))
            lines = (whole / "journal.jsonl").read_text().splitlines()
            events = [json.dumps(garbled(chance, json.loads(line))) for line in lines if chance.random() > 0.05]
            (home.runs / run_id / "journal.jsonl").write_text("\n".join(events))
            for path in paths:
                answer = client.get(path)
                assert answer.status_code == 200 or (answer.status_code == 404 and "/tasks/" in path)
                assert "<b>" not in answer.text
