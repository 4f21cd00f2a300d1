"""What the registry, a pipeline's versions and a model's page are made of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.evaluations import standing_of
from shipway.dashboards.evaluations.verdicts import blessings_in, newest_of_each_kind, verdicts_of
from shipway.dashboards.pages.artifacts.view import NoSuchArtifact
from shipway.dashboards.pages.models import registry as registered
from shipway.dashboards.pages.models import versions as over_time
from shipway.dashboards.pages.models.asked import WORST, Asked
from shipway.dashboards.pages.models.finding import NoModel, model_of
from shipway.dashboards.pages.models.newest import LAST, NewestModels
from shipway.dashboards.pages.models.one_model import ModelPage, model_page
from shipway.dashboards.pages.models.places import places_of
from shipway.dashboards.pages.models.signatures import signatures_of
from shipway.dashboards.pages.models.sparks import spark
from shipway.dashboards.pages.models.versions import NoModels, versions_page
from shipway.dashboards.serving.fleet import Served
from shipway.lineage import ArtifactRecord
from shipway.lineage.outcomes import outcomes_of
from shipway.lineage.reviews import record_review

SERVED = [Served("edge", "bikes", 3, "AVAILABLE", "http://edge:8501"), Served("edge", "cars", 3, "AVAILABLE", "")]


def page_of(home: Any, run: str, **chosen: Any) -> ModelPage:
    model = model_of(home.queries, str(home.ids[run]))
    return model_page(home.home, home.queries, SERVED, model, Asked(model.id, **chosen))


def registry_of(home: Any, pipelines: list[str], **asked: str) -> registered.Registry:
    newest = NewestModels(lambda: home.queries)
    return registered.registry(home.home, home.queries, newest, SERVED, pipelines, registered.Asked(**asked))


def versions_of(home: Any, pipeline: str = "bikes", **chosen: Any) -> over_time.VersionsPage:
    return versions_page(home.home, home.queries, SERVED, over_time.Asked(pipeline, **chosen))


def test_why_a_model_was_not_blessed(looked_at: Any) -> None:
    page = page_of(looked_at, "run-4")
    assert page.verdict is not None
    assert page.verdict.blessed is False
    assert page.verdict.reasons[0].startswith("auc overall changed by -0.")
    assert page.verdict.baseline is not None
    assert page.verdict.baseline.id == looked_at.ids["run-3"]
    assert [one.passed for one in page.thresholds] == [False, True, True, True]
    assert page.failing == 1
    assert page.infra is not None
    assert page.infra.blessed is True
    assert page.problems == []
    overall = {one.metric: one for one in page.overall}
    assert overall["auc"].is_better is False
    assert overall["auc"].change == pytest.approx(overall["auc"].value - overall["auc"].baseline)
    assert overall["fpr"].is_better is False
    assert overall["calibration"].is_better is None
    assert page.slices.rows[0].slice.name == "shift=night"
    assert page.gaps.rows[0].feature in ("shift", "city")
    assert [one.title for one in page.charts] == ["Calibration", "Receiver operating characteristic"]
    (place,) = page.places
    assert (place.is_pushed, place.reason) == (False, "the model is not blessed")


def test_a_model_that_is_served(looked_at: Any) -> None:
    page = page_of(looked_at, "run-3")
    (place,) = page.places
    assert (place.version, place.destination, [one.model for one in place.served]) == ("3", "/srv/bikes", ["bikes"])
    assert (page.before.artifact.id, page.after.artifact.id) == (looked_at.ids["run-2"], looked_at.ids["run-4"])
    assert page.compare == "/compare?run=run-2&run=run-3"
    assert page_of(looked_at, "run-1").compare == ""
    assert page_of(looked_at, "run-2").places[0].served == []


def test_a_push_leads_to_its_model_and_others_nowhere(looked_at: Any, models_home: Any) -> None:
    pushed = looked_at.queries.artifacts("PushedModel", 1)[0]
    assert model_of(looked_at.queries, str(pushed.id)).id == looked_at.ids["run-4"]
    blessing = looked_at.queries.artifacts("ModelBlessing", 1)[0]
    with pytest.raises(NoModel, match="is none"):
        model_of(looked_at.queries, str(blessing.id))
    for unknown in ("0", "999999", "-1", "x", "٣", "9" * 40):
        with pytest.raises(NoSuchArtifact):
            model_of(looked_at.queries, unknown)
    models_home.task("run", "pusher", {}, {"pushed_model": ArtifactRecord("PushedModel", "/p")})
    with pytest.raises(NoModel, match="no model is recorded"):
        model_of(models_home.queries, "1")


def test_an_earlier_evaluation_is_shown_with_its_own_verdict(versions: Any) -> None:
    model = versions.model("run-4")
    blessing = versions.artifact("again", "evaluator", "blessing", "ModelBlessing", blessed=1, note="the first time")
    summary = json.dumps({"metrics": {"auc": 0.9}})
    numbers = versions.artifact("again", "evaluator", "evaluation", "ModelEvaluation", summary=summary)
    versions.task("again", "evaluator", {"model": model}, {"evaluation": numbers, "blessing": blessing})
    newest = page_of(versions, "run-4")
    assert (newest.verdict.blessed, newest.verdict.note, len(newest.evaluations)) == (True, "the first time", 2)
    assert newest.found.metrics == {"auc": 0.9}
    assert "metrics*.tfrecord" in newest.problems[0]
    earlier = page_of(versions, "run-4", evaluation=newest.evaluations[1].id)
    assert (earlier.verdict.blessed, earlier.found.from_files) == (False, True)
    assert page_of(versions, "run-4", evaluation=10**17).evaluation == newest.evaluation


def test_a_model_of_which_nothing_else_is_known(models_home: Any) -> None:
    models_home.task("run", "infer", {"other": ArtifactRecord("Model", "/elsewhere")}, {})
    page = model_page(models_home.home, models_home.queries, [], model_of(models_home.queries, "1"), Asked(1))
    assert (page.made_by, page.verdict, page.infra, page.evaluation, page.places) == (None, None, None, None, [])
    assert (page.slices.count, page.gaps.rows, page.charts, page.overall) == (0, [], [], [])
    assert "not shown" in page.signatures.problem


def test_signatures_and_files_that_are_gone(versions: Any) -> None:
    model = versions.queries.artifact(versions.ids["run-1"])
    assert "has no Format-Serving" in signatures_of(versions.home, model).problem
    path = Path(model.uri) / "Format-Serving" / "saved_model.pb"
    path.parent.mkdir()
    path.write_bytes(b"\xff" * 9)
    assert "is no SavedModel" in signatures_of(versions.home, model).problem
    path.write_bytes(b"")
    assert signatures_of(versions.home, model).lines == []
    shutil.rmtree(model.uri)
    assert "is not there" in signatures_of(versions.home, model).problem


def test_the_registry_has_the_newest_of_each(versions: Any) -> None:
    record_review(versions.queries.service, versions.ids["run-4"], True, "Ada", "we know")
    page = registry_of(versions, ["cars", "bikes", ""])
    (line,) = page.lines
    assert (line.pipeline, line.model.id, line.standing.blessed) == ("bikes", versions.ids["run-4"], False)
    assert line.review is not None
    assert (line.review.approved, line.review.by) == (True, "Ada")
    assert (line.metric, round(line.value, 3)) == ("auc", round(page_of(versions, "run-4").found.metrics["auc"], 3))
    assert line.spark is not None
    assert line.spark.path.count("L") == 3
    assert line.place is None
    assert (page.later, page.begin, page.unseen, page.model_id) == ("", "", 0, None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "IKE"}, True), ({"words": "ike bik"}, True), ({"words": "car"}, False),
        ({"verdict": registered.NOT_BLESSED}, True), ({"verdict": registered.BLESSED}, False),
        ({"verdict": registered.REJECTED}, False), ({"after": "bikes"}, False), ({"after": "bike"}, True),
    ],
)  # fmt: skip
def test_searching_and_filtering(looked_at: Any, asked: dict[str, str], found: bool) -> None:
    assert bool(registry_of(looked_at, ["bikes"], **asked).lines) is found


def test_an_id_finds_its_model(looked_at: Any) -> None:
    number = looked_at.ids["run-2"]
    assert registry_of(looked_at, ["bikes"], words=str(number)).model_id == number
    assert registry_of(looked_at, ["bikes"], words=str(number + 1)).model_id is None


def test_pages_of_the_registry(models_home: Any) -> None:
    names = [f"pipeline-{number:02}" for number in range(30)]
    for number, name in enumerate(names):
        model = ArtifactRecord("Model", f"/m/{name}")
        models_home.task(name, "trainer", {}, {"model": model}, name)
        blessing = ArtifactRecord("ModelBlessing", f"/b/{name}", {"blessed": int(number == 29)})
        models_home.task(name, "evaluator", {"model": model}, {"blessing": blessing}, name)
    seen: list[str] = []
    after = ""
    while True:
        page = registry_of(models_home, names, after=after)
        seen += [line.pipeline for line in page.lines]
        assert len(page.lines) <= registered.ON_A_PAGE
        if not page.later:
            break
        after = page.lines[-1].pipeline
        assert page.later == f"/models?after={after}"
        assert page.unseen == len(names) - len(seen)
    assert seen == names
    (blessed,) = registry_of(models_home, names, verdict=registered.BLESSED).lines
    assert blessed.pipeline == "pipeline-29"


def test_newer_models_come_in_without_looking_all_up_again(versions: Any) -> None:
    asked: list[str] = []

    class Watched:
        """The store, and which of its methods were asked."""

        def __init__(self, service: Any) -> None:
            self._service = service

        def call(self, method: str, request: Any, response: Any) -> Any:
            asked.append(method)
            return self._service.call(method, request, response)

    class Queries:
        service = Watched(versions.queries.service)

    queries = Queries()
    newest = NewestModels(lambda: queries)  # type: ignore[arg-type, return-value]
    first = newest.of(["bikes"])["bikes"]
    assert [one.model.id for one in first] == [versions.ids[f"run-{number}"] for number in (4, 3, 2, 1)]
    asked.clear()
    assert newest.of(["bikes"])["bikes"] == first
    assert "GetArtifactsByContext" not in asked
    for number in range(5, 14):
        record = versions.model(f"run-{number}")
        versions.task(f"run-{number}", "trainer", {}, {"model": record})
    asked.clear()
    found = newest.of(["bikes"])["bikes"]
    assert [one.made_by.execution.run_id for one in found] == [f"run-{number}" for number in range(13, 13 - LAST, -1)]
    assert "GetArtifactsByContext" not in asked


def test_versions_over_time(looked_at: Any) -> None:
    page = versions_of(looked_at)
    assert [one.id for one in page.versions] == [looked_at.ids[f"run-{number}"] for number in (4, 3, 2, 1)]
    assert list(page.charts) == ["auc", "binary_crossentropy"]
    chart = page.charts["auc"]
    assert [line.name for line in chart.lines] == ["the model", "the baseline, on the same rows"]
    assert [mark.address for mark in chart.lines[0].marks] == [f"/models/{one.id}" for one in page.versions[::-1]]
    assert [bound.title for bound in chart.bounds] == ["at least 0.6"]
    assert [tick.title for tick in chart.x_ticks] == [str(one.id) for one in page.versions[::-1]]
    assert page.charts["binary_crossentropy"].bounds == []
    assert page.metrics[:2] == ["auc", "binary_crossentropy"]
    assert "shift=night" in page.slices
    assert [one.place.version if one.place else "" for one in page.versions] == ["", "3", "2", "1"]


def test_a_slice_over_time(looked_at: Any) -> None:
    page = versions_of(looked_at, slice="shift=night", metrics=["fpr", "auc", "fpr"])
    assert list(page.charts) == ["fpr", "auc"]
    assert [bound.title for bound in page.charts["auc"].bounds] == ["at least 0.6"]
    night = next(one for one in page_of(looked_at, "run-4").found.slices if one.name == "shift=night")
    assert page.versions[0].numbers == night
    nothing = versions_of(looked_at, slice="shift=noon", metrics=["auc", "no such"])
    assert nothing.charts == {"auc": None, "no such": None}
    assert nothing.problems == []


def test_pages_of_versions(models_home: Any) -> None:
    for number in range(over_time.ON_A_PAGE + 5):
        models_home.task(f"run-{number:02}", "trainer", {}, {"model": models_home.model(f"run-{number:02}")})
    first = versions_of(models_home)
    assert len(first.versions) == over_time.ON_A_PAGE
    below = first.versions[-1].id
    assert (first.newest, first.older) == ("", f"/models/pipeline/bikes?below={below}")
    second = versions_of(models_home, below=below)
    assert [one.made.made_by.execution.run_id for one in second.versions] == [f"run-{n:02}" for n in (4, 3, 2, 1, 0)]
    assert (second.newest, second.older) == ("/models/pipeline/bikes", "")
    assert second.charts == {}
    with pytest.raises(NoModels):
        versions_of(models_home, "cars")


def test_files_that_cannot_be_read_leave_the_other_versions(versions: Any) -> None:
    folder = versions.home.artifacts / "bikes" / "run-2" / "evaluator" / "1" / "evaluation"
    shutil.rmtree(folder)
    page = versions_of(versions, slice="shift=night")
    assert [one.numbers is None for one in page.versions] == [False, False, True, False]
    assert len(page.problems) == 1
    assert "missing" in page.problems[0]


def test_verdicts_of_each_kind(looked_at: Any) -> None:
    number = looked_at.ids["run-2"]
    outcomes = outcomes_of(looked_at.queries.service, [number])[number]
    chosen = newest_of_each_kind(blessings_in(outcomes))
    judged, infra = verdicts_of(looked_at.queries.service, chosen, outcomes)
    assert (judged.is_of_infra, infra.is_of_infra) == (False, True)
    assert (judged.blessed, infra.blessed, infra.evaluation, infra.baseline) == (True, True, None, None)
    assert judged.metrics[0][0] == "auc"
    standing = standing_of(outcomes)
    assert (standing.blessed, standing.evaluation, len(standing.pushes)) == (True, judged.evaluation, 1)
    assert len(places_of(outcomes, SERVED)) == 1


def test_small_lines() -> None:
    assert spark("auc", []) is None
    assert spark("auc", [0.5, None]) is None
    flat = spark("auc", [0.5, 0.5])
    assert flat is not None
    assert flat.path == "M4 13L92 13"
    broken = spark("auc", [0.1, None, 0.2, 0.3])
    assert broken is not None
    assert broken.path.count("M") == 2
    assert broken.title.endswith("0.1, none, 0.2, 0.3")


def test_addresses_hold_everything_that_is_chosen() -> None:
    assert Asked(7).address() == "/models/7"
    asked = Asked.of(7, {"sort": "fpr", "order": "up", "find": " a&b ", "page": "2", "evaluation": "x", "gap": "auc"})
    assert (asked.order, asked.evaluation, asked.page) == (WORST, 0, 2)
    assert asked.address("slices", page=1) == "/models/7?sort=fpr&find=a%26b&gap=auc#slices"
    assert Asked.of(7, {"page": "-3"}).page == 1
    assert Asked.of(7, {"page": "9" * 30}).page == 1
