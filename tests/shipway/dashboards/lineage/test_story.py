"""What an auditor asks: from a served version to its rows, code, schema and judges; from rows to models and pushes."""

from __future__ import annotations

from typing import Any

import pytest

from shipway.dashboards.pages.artifacts.view import NoSuchArtifact
from shipway.dashboards.pages.lineage.models import ON_A_PAGE, Models, models_of
from shipway.dashboards.pages.lineage.story import NoStory, Story, story_of
from shipway.lineage import ArtifactRecord, LineageQueries
from shipway.lineage.learning import Learning


def story(home: Any, run: str, task: str, key: str) -> Story:
    return story_of(home.queries, str(home.id_of(run, task, key)))


def test_from_a_served_version_to_everything_behind_it(three_runs: Any) -> None:
    told = story(three_runs, "run-2", "pusher", "pushed_model")
    assert told.model is not None
    assert told.training is not None
    assert told.model.id == three_runs.id_of("run-2", "trainer", "model")
    assert (told.training.run_id, told.training.task) == ("run-2", "trainer")
    assert [one.metadata["span"] for one in told.spans] == [2]
    assert [one.id for one in told.schemas] == [three_runs.id_of("run-1", "schema_gen", "schema")]
    code = {one.execution.task: one for one in told.code}
    assert code["trainer"].files == [("module_file", "/code/taxi.py", "digest of run-2's code")]
    assert code["trainer"].key == "key-of-trainer"
    (verdict,) = told.verdicts
    assert (verdict.blessed, verdict.reasons, verdict.metrics) == (True, ["auc"], [("auc", "0.92")])
    assert verdict.evaluation is not None
    assert verdict.baseline is not None
    assert verdict.evaluation.id == three_runs.id_of("run-2", "evaluator", "evaluation")
    assert verdict.baseline.id == three_runs.id_of("run-1", "trainer", "model")
    assert [one.metadata["span"] for one in verdict.examples] == [2]
    assert [one.artifact.metadata["pushed_version"] for one in told.pushed] == ["2"]
    assert told.is_whole


def test_a_model_has_the_same_story_without_being_pushed(three_runs: Any) -> None:
    told = story(three_runs, "run-1", "trainer", "model")
    assert told.subject == told.model
    assert [one.blessing.id for one in told.verdicts] == [three_runs.id_of("run-1", "evaluator", "blessing")]
    assert told.verdicts[0].baseline is None


def test_a_push_that_was_refused(three_runs: Any) -> None:
    told = story(three_runs, "run-3", "pusher", "pushed_model")
    assert told.verdicts[0].blessed is False
    assert [one.artifact.metadata["pushed"] for one in told.pushed] == [0]


def test_a_model_that_began_from_another(three_runs: Any) -> None:
    base = three_runs.artifact("run-1", "trainer", "model", "Model")
    rows = three_runs.artifact("run-9", "example_gen", "examples", "Examples", span=9)
    three_runs.task("run-9", "example_gen", {}, {"examples": rows})
    warm = three_runs.artifact("run-9", "trainer", "model", "Model")
    three_runs.task("run-9", "trainer", {"examples": rows, "base_model": base}, {"model": warm})
    told = story(three_runs, "run-9", "trainer", "model")
    assert sorted(one.metadata["span"] for one in told.spans) == [1, 9]
    assert [one.id for one in told.base_models] == [three_runs.id_of("run-1", "trainer", "model")]


def test_rows_that_went_through_other_examples(recorded_home: Any) -> None:
    raw = [recorded_home.artifact("run", f"gen-{n}", "examples", "Examples", span=n) for n in (1, 2)]
    for number, one in enumerate(raw, 1):
        recorded_home.task("run", f"gen-{number}", {}, {"examples": one})
    merged = recorded_home.artifact("run", "merge", "merged", "Examples", span=2)
    recorded_home.task("run", "merge", {"spans": raw}, {"merged": merged})
    model = recorded_home.artifact("run", "trainer", "model", "Model")
    recorded_home.task("run", "trainer", {"examples": merged}, {"model": model})
    told = story(recorded_home, "run", "trainer", "model")
    assert sorted(one.metadata["span"] for one in told.spans) == [1, 2]
    assert told.verdicts == []


def test_texts_that_are_no_json_and_missing_parts(recorded_home: Any) -> None:
    model = ArtifactRecord("Model", "/elsewhere")
    blessing = ArtifactRecord("ModelBlessing", "/b", {"reasons": "not {JSON"})
    numbers = ArtifactRecord("ModelEvaluation", "/v", {"summary": "[]"})
    recorded_home.task("run", "evaluator", {"model": model}, {"blessing": blessing, "evaluation": numbers})
    told = story_of(recorded_home.queries, "1")
    assert told.training is None
    (verdict,) = told.verdicts
    assert (verdict.blessed, verdict.reasons, verdict.metrics) == (None, ["not {JSON"], [])
    lonely = recorded_home.artifact("run", "pusher", "pushed", "PushedModel")
    recorded_home.task("run", "pusher", {}, {"pushed": lonely})
    assert story(recorded_home, "run", "pusher", "pushed").model is None


def test_what_has_no_story(three_runs: Any) -> None:
    with pytest.raises(NoStory):
        story(three_runs, "run-1", "example_gen", "examples")
    for unknown in ("999999", "-1", "x", "1e3", "٣", "9" * 40, "0"):
        with pytest.raises(NoSuchArtifact):
            story_of(three_runs.queries, unknown)


def models_from(queries: LineageQueries, artifact_id: int, page: int = 1, everything: bool = False) -> Models:
    return models_of(queries, Learning(queries.service), str(artifact_id), page, everything)


def test_from_rows_to_the_models_and_where_they_were_pushed(three_runs: Any) -> None:
    found = models_from(three_runs.queries, three_runs.id_of("run-2", "example_gen", "examples"))
    (line,) = found.lines
    assert line.model.id == three_runs.id_of("run-2", "trainer", "model")
    assert line.made_by is not None
    assert (line.made_by.execution.run_id, line.standing.blessed) == ("run-2", True)
    assert [one.artifact.metadata["pushed_version"] for one in line.standing.pushes] == ["2"]
    assert (found.count, found.is_whole, found.newer, found.older) == (1, True, "", "")
    refused = models_from(three_runs.queries, three_runs.id_of("run-3", "example_gen", "examples"))
    assert [(one.standing.blessed, list(one.standing.pushes)) for one in refused.lines] == [(False, [])]
    nothing = models_from(three_runs.queries, three_runs.id_of("run-1", "pusher", "pushed_model"))
    assert (nothing.count, list(nothing.lines)) == (0, [])


def test_all_models_are_there_page_by_page(recorded_home: Any) -> None:
    rows = recorded_home.artifact("run-0", "example_gen", "examples", "Examples")
    for number in range(ON_A_PAGE + 1):
        model = ArtifactRecord("Model", f"/m{number}")
        recorded_home.task(f"run-{number}", "trainer", {"examples": rows}, {"model": model})
    number = recorded_home.id_of("run-0", "example_gen", "examples")
    first, second = (models_from(recorded_home.queries, number, page) for page in (1, 2))
    assert (len(first.lines), first.count, first.older) == (
        ON_A_PAGE,
        ON_A_PAGE + 1,
        f"/lineage/{number}/models?page=2",
    )
    assert [one.model.uri for one in second.lines] == ["/m0"]
    assert (second.newer, second.older) == (f"/lineage/{number}/models?page=1", "")
    whole = models_from(recorded_home.queries, number, everything=True)
    assert (whole.count, whole.older) == (ON_A_PAGE + 1, f"/lineage/{number}/models?all=1&page=2")
