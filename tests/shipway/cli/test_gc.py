"""`shipway gc`: what goes, what never goes, and what is left of it afterwards."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import TaskIdentity
from shipway.runner import garbage
from shipway.runner.home import Home
from shipway.runner.retention import Retention, plan_collection
from shipway.runner.run_store import RunStore

DAY = 86_400.0


def uris(home: Any, state: str) -> set[str]:
    below = str(home.path / "artifacts" / "taxi") + "/"
    return {one.uri.removeprefix(below) for one in home.lineage.queries().artifacts() if one.state == state}


def files(home: Any) -> set[str]:
    root = home.path / "artifacts" / "taxi"
    return {str(path.parent.relative_to(root)) for path in root.rglob("data")}


@pytest.fixture
def two_runs(home: Any) -> Any:
    """Run 1 pushed nothing, run 2 pushed its model; both rest on run 1's schema."""
    home.run("run-1", 1, push=False)
    home.run("run-2", 2)
    (home.path / "served" / "2").mkdir(parents=True)
    return home


RUN_1 = {
    "run-1/trainer/1/model",
    "run-1/evaluator/1/blessing",
    "run-1/evaluator/1/evaluation",
}
PUSHED = {
    "run-1/example_gen/1/examples",
    "run-1/schema_gen/1/schema",
    "run-2/example_gen/1/examples",
    "run-2/trainer/1/model",
    "run-2/evaluator/1/blessing",
    "run-2/pusher/1/pushed_model",
}
LOOSE = {"run-2/evaluator/1/evaluation"}


def test_by_count_deletes_what_the_last_runs_do_not_use(two_runs: Any, shipway: Any) -> None:
    Path(two_runs.uri("run-1", "trainer", "output_metadata.json")).write_text("{}")
    Path(two_runs.uri("run-2", "trainer", "output_metadata.json")).write_text("{}")
    answer = shipway("gc", "--keep-last", "1", "--yes")
    assert answer.code == 0
    assert answer.lines[-1] == "Freed 2.9 KiB (3000 bytes): 3 artifacts."
    assert uris(two_runs, "DELETED") == RUN_1
    assert files(two_runs) == uris(two_runs, "LIVE") == PUSHED | LOOSE
    assert not (two_runs.path / "artifacts" / "taxi" / "run-1" / "trainer").exists()
    assert Path(two_runs.uri("run-2", "trainer", "output_metadata.json")).exists()


def test_what_a_pushed_model_depends_on_never_goes(two_runs: Any, shipway: Any) -> None:
    answer = shipway("gc", "--keep-last", "0", "--older-than", "0s", "--yes")
    assert "Kept: 6 needed by pushed models." in answer.out
    assert files(two_runs) == uris(two_runs, "LIVE") == PUSHED


def test_a_model_taken_from_where_it_was_pushed_protects_nothing(two_runs: Any, shipway: Any) -> None:
    (two_runs.path / "served" / "2").rmdir()
    assert shipway("gc", "--keep-last", "0", "--yes").code == 0
    assert files(two_runs) == set()
    assert list((two_runs.path / "artifacts").iterdir()) == []


def test_by_age_counts_the_last_use(two_runs: Any, shipway: Any) -> None:
    assert shipway("gc", "--older-than", "1h", "--yes").lines[-1] == "Freed 0 B (0 bytes): 0 artifacts."
    time.sleep(0.25)
    two_runs.task("run-3", "evaluator", {"model": two_runs.artifact("run-1", "trainer", "model", "Model")}, {})
    answer = shipway("gc", "--older-than", "0.2s", "--yes")
    assert answer.code == 0
    assert uris(two_runs, "DELETED") == RUN_1 - {"run-1/trainer/1/model"} | LOOSE


def test_age_and_count_must_both_hold(two_runs: Any, shipway: Any) -> None:
    assert "0 artifacts" in shipway("gc", "--older-than", "1h", "--keep-last", "0", "--yes").lines[-1]
    assert "3 artifacts" in shipway("gc", "--older-than", "0s", "--keep-last", "1", "--yes").lines[-1]


def test_a_dry_run_changes_nothing(two_runs: Any, shipway: Any) -> None:
    before = files(two_runs)
    answer = shipway("gc", "--keep-last", "1", "--dry-run")
    assert answer.lines[-1] == "Would free 2.9 KiB (3000 bytes): 3 artifacts."
    assert two_runs.uri("run-1", "trainer", "model") in answer.out
    assert files(two_runs) == before
    assert uris(two_runs, "DELETED") == set()
    found = json.loads(shipway("gc", "--keep-last", "1", "--dry-run", "--json").out)
    assert (found["dry_run"], found["freed_bytes"], len(found["artifacts"])) == (True, 3000, 3)


@pytest.fixture
def going_on(two_runs: Any) -> Iterator[Path]:
    folder = two_runs.path / "runs" / "run-1"
    folder.mkdir(parents=True)
    (two_runs.path / "runs" / "run-2").mkdir()
    with RunStore(Home(two_runs.path), "run-1").locked():
        yield folder


def test_a_run_that_goes_on_keeps_what_it_touched(two_runs: Any, shipway: Any, going_on: Path) -> None:
    assert "Kept: 6 needed by pushed models, 3 in use." in shipway("gc", "--keep-last", "0", "--yes").out
    assert files(two_runs) >= RUN_1
    assert not LOOSE & files(two_runs)


def test_what_a_run_takes_up_meanwhile_stays(two_runs: Any, monkeypatch: pytest.MonkeyPatch, going_on: Path) -> None:
    home, lineage = Home(two_runs.path), two_runs.lineage
    plan = plan_collection(home, lineage.queries(), Retention(keep_last=0), going_on=[])
    taken = two_runs.artifact("run-2", "evaluator", "evaluation", "ModelEvaluation")
    monkeypatch.setattr(garbage.time, "sleep", lambda _: two_runs.task("run-9", "reader", {"evaluation": taken}, {}))
    deleted = garbage.collect(home, lineage, plan, lambda: {"run-9"})
    root = two_runs.path / "artifacts" / "taxi"
    assert {str(one.path.relative_to(root)) for one in deleted} == RUN_1
    assert files(two_runs) >= LOOSE


def test_the_cache_forgets_what_is_gone(two_runs: Any, shipway: Any) -> None:
    cache = two_runs.path / "cache" / "ab"
    cache.mkdir(parents=True)
    gone = {"artifacts": {"model": [{"uri": two_runs.uri("run-1", "trainer", "model"), "digest": "x"}]}}
    kept = {"artifacts": {"model": [{"uri": two_runs.uri("run-2", "trainer", "model"), "digest": "y"}]}}
    (cache / "gone.json").write_text(json.dumps(gone))
    (cache / "kept.json").write_text(json.dumps(kept))
    (cache / "torn.json").write_text("{")
    shipway("gc", "--keep-last", "1", "--yes")
    assert sorted(path.name for path in cache.iterdir()) == ["kept.json", "torn.json"]


def test_nothing_outside_the_home_is_ever_deleted(two_runs: Any, shipway: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "data").write_text("precious")
    link = Path(two_runs.uri("run-1", "importer", "link"))
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    record = two_runs.artifact("run-1", "importer", "x", "Files")
    for uri in (str(outside), str(link), str(two_runs.path / "artifacts" / ".." / ".." / "outside"), "gs://b/k"):
        two_runs.task("run-1", "importer", {}, {"files": type(record)("Files", uri, {}, uri)})
    shipway("gc", "--keep-last", "0", "--yes")
    assert (outside / "data").read_text() == "precious"
    assert link.is_symlink()


def test_a_folder_around_a_kept_one_stays(two_runs: Any, shipway: Any) -> None:
    around = two_runs.path / "artifacts" / "taxi" / "run-2"
    record = two_runs.artifact("run-1", "importer", "x", "Files")
    two_runs.task("run-1", "importer", {}, {"files": type(record)("Files", str(around), {}, "d")})
    shipway("gc", "--keep-last", "0", "--yes")
    assert files(two_runs) >= PUSHED


def test_artifacts_whose_files_are_gone_already_are_recorded_so(two_runs: Any, shipway: Any) -> None:
    import shutil

    shutil.rmtree(two_runs.uri("run-1", "trainer", "model"))
    assert shipway("gc", "--keep-last", "1", "--yes").lines[-1].startswith("Freed 2.0 KiB (2000 bytes): 3")
    assert uris(two_runs, "DELETED") == RUN_1


def test_evidence_of_a_failed_step_goes_by_the_same_rules(two_runs: Any, shipway: Any) -> None:
    identity = TaskIdentity("taxi", "run-1", "validator", "shipway_components.example_validator")
    execution = two_runs.lineage.begin(identity, {}, {}, "key")
    found = two_runs.artifact("run-1", "validator", "anomalies", "ExampleAnomalies")
    two_runs.lineage.fail(execution, "The data has anomalies.", {"anomalies": [found]})
    shipway("gc", "--keep-last", "2", "--yes")
    assert "run-1/validator/1/anomalies" in files(two_runs)
    shipway("gc", "--keep-last", "1", "--yes")
    assert uris(two_runs, "DELETED") == {*RUN_1, "run-1/validator/1/anomalies"}
    assert not (two_runs.path / "artifacts" / "taxi" / "run-1" / "validator").exists()


def test_what_a_killed_process_left_half_written_is_swept(two_runs: Any, shipway: Any, going_on: Path) -> None:
    old, new, busy = (
        two_runs.path / "artifacts" / "taxi" / run / "trainer" / name
        for run, name in (("run-2", ".partial-old"), ("run-2", ".partial-new"), ("run-1", ".partial-busy"))
    )
    for folder in (old, new, busy):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "half").write_bytes(b"x" * 10)
        if folder is not new:
            os.utime(folder, (time.time() - 2 * DAY,) * 2)
    answer = shipway("gc", "--older-than", "30d", "--yes")
    assert answer.lines[-1] == "Freed 10 B (10 bytes): 0 artifacts."
    assert [folder.exists() for folder in (old, new, busy)] == [False, True, True]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gc"], "Say what to delete: --older-than 30d (by age), --keep-last 5"),
        (["gc", "--older-than", "month"], "'month' is no duration: write 90m, 12h, 30d or 2w"),
        (["gc", "--keep-last", "-1"], "'-1' is no count of runs"),
        (["gc", "--keep-last", "0"], "Deleting wants a yes: add --yes, or --dry-run"),
    ],
)
def test_wrong_usage(two_runs: Any, shipway: Any, words: list[str], sentence: str) -> None:
    before = files(two_runs)
    answer = shipway(*words)
    assert answer.code == 2
    assert sentence in answer.err
    assert files(two_runs) == before


def test_nothing_to_do_needs_no_yes(two_runs: Any, shipway: Any) -> None:
    assert shipway("gc", "--older-than", "1w").code == 0


def test_a_home_in_which_nothing_ran(shipway: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "empty"))
    answer = shipway("gc", "--keep-last", "0", "--yes")
    assert (answer.code, answer.err.split(":")[0]) == (1, "Error")
    assert "There is no metadata store" in answer.err
