"""The pages over HTTP: every one of real, hostile and broken records."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shipway.lineage import ArtifactRecord

TAGS = "<script>alert('tags')</script><img src=x onerror=alert(1)>\"'&amp;"
LONG = "long-" + "x" * 9_995
RIGHT_TO_LEFT = "\u202e\u05e9\u05dc\u05d5\u05dd evil\u202c"
HOSTILE = (TAGS, LONG, RIGHT_TO_LEFT)
PIPELINE = "<img src=x onerror=alert(1)>/\"'&%2F?#"


@pytest.fixture
def client(looked_at: Any, dashboards: Callable[..., Any]) -> Iterator[Any]:
    with dashboards(looked_at.home).client() as opened:
        yield opened


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.text[:2000]
    assert "<script>alert" not in response.text
    assert "<img src=x" not in response.text
    return html.unescape(response.text)


def record_hostile(home: Any) -> int:
    """A model of whose pipeline, run, metrics, slices, reasons and pushes every name is hostile."""
    model = ArtifactRecord("Model", f"/nowhere/{TAGS}", {TAGS: LONG}, LONG, TAGS)
    home.task(f"run {TAGS}", LONG, {}, {RIGHT_TO_LEFT: model}, PIPELINE)
    numbers = dict.fromkeys(HOSTILE, 0.5)
    worst = {TAGS: [{"slice": text, "value": 0.1, "rows": 40} for text in HOSTILE]}
    summary = {"metrics": numbers, "baseline_metrics": numbers, "worst_slices": worst, "label": TAGS, "slices": 9}
    judged = {
        "evaluation": ArtifactRecord("ModelEvaluation", f"/{LONG}", {"summary": json.dumps(summary)}),
        "blessing": ArtifactRecord(
            "ModelBlessing", "/b", {"blessed": 0, "reasons": json.dumps([*HOSTILE] * 30), "note": RIGHT_TO_LEFT + TAGS}
        ),
    }
    home.task(TAGS, TAGS, {"model": model, "baseline_model": model}, judged, PIPELINE)
    infra = ArtifactRecord("InfraBlessing", "/i", {"reasons": "no { JSON " + TAGS, f"median_ms.{TAGS}": 1.0})
    home.task(TAGS, "infra", {"model": model}, {"blessing": infra}, PIPELINE)
    for number, text in enumerate(HOSTILE):
        said = {"pushed": number % 2, "pushed_destination": text, "pushed_version": text, "reason": text}
        pushed = ArtifactRecord("PushedModel", f"/p{number}", said)
        home.task(TAGS, f"push-{number}", {"model": model}, {"pushed": pushed}, PIPELINE)
    found: int = home.queries.artifacts("Model", 1)[0].id
    return found


def test_the_registry(client: Any, looked_at: Any) -> None:
    page = text_of(client.get("/models"))
    assert f'href="/models/{looked_at.ids["run-4"]}"' in page
    assert 'href="/models/pipeline/bikes"' in page
    assert "auc of the last 4 versions, the oldest first" in page
    assert "not blessed" in page
    assert "Leave something out" in text_of(client.get("/models", params={"q": TAGS, "verdict": "blessed"}))
    for wrong in ({"verdict": TAGS}, {"after": LONG}, {"q": LONG}, {"q": "9" * 50}):
        text_of(client.get("/models", params=wrong))


def test_versions(client: Any, looked_at: Any) -> None:
    page = text_of(client.get("/models/pipeline/bikes"))
    assert page.count("<svg") >= 2
    for run in ("run-1", "run-4"):
        assert f'href="/models/{looked_at.ids[run]}"' in page
        assert f'href="/runs/{run}"' in page
    assert "version 3" in page
    chosen = text_of(client.get("/models/pipeline/bikes?metric=fpr&metric=auc&slice=shift%3Dnight"))
    assert "fpr on shift=night" in chosen
    assert "baseline" in chosen
    assert "nothing to draw" in text_of(client.get("/models/pipeline/bikes", params={"metric": TAGS, "slice": LONG}))
    for wrong in ({"below": "x"}, {"below": "9" * 18}, {"metric": [TAGS] * 40}):
        assert client.get("/models/pipeline/bikes", params=wrong).status_code in (200, 404)
    assert client.get("/models/pipeline/bikes?below=1").status_code == 404


def test_one_model(client: Any, looked_at: Any) -> None:
    number = looked_at.ids["run-4"]
    page = text_of(client.get(f"/models/{number}"))
    for text in (
        "Why it was not blessed",
        "auc overall changed by",
        "1 does not hold",
        "a change of at least -0.02",
        "shift=night",
        "InfraValidator says",
        "Rates of decisions",
        "slices with fewer than 30 rows come after the others",
        "perfectly calibrated",
        "not pushed",
        "/lineage/{id}/story",
        "/models/{id}/card",
        "/models/{id}/review",
        "/compare?run=run-3&run=run-4",
    ):
        assert text.format(id=number) in page, text
    assert page.count("<h1") == 1


def test_slices_are_sorted_searched_and_paged(client: Any, looked_at: Any) -> None:
    address = f"/models/{looked_at.ids['run-3']}"
    night = text_of(client.get(address, params={"find": "shift", "sort": "fpr"})).split('id="slices"')[1]
    assert night.index("shift=night") < night.index("shift=day")
    assert "city=" not in night.split('id="fairness"')[0]
    second = text_of(client.get(address, params={"page": "2"})).split('id="slices"')[1]
    assert 'rel="prev"' in second
    assert "There are no more" in text_of(client.get(address, params={"page": "99"}))
    assert "No slice's name" in text_of(client.get(address, params={"find": TAGS}))
    for wrong in ({"sort": TAGS, "order": TAGS, "gap": LONG}, {"evaluation": "x", "page": "-1"}, {"find": LONG}):
        text_of(client.get(address, params=wrong))


def test_a_push_leads_to_its_model(client: Any, looked_at: Any) -> None:
    pushed = looked_at.queries.artifacts("PushedModel", 1)[0]
    answer = client.get(f"/models/{pushed.id}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/models/{looked_at.ids['run-4']}")


@pytest.mark.parametrize("number", ["0", "999999", "-1", "x", "1.5", "9" * 30, "%3Cscript%3E", "%D9%A3", "2"])
def test_what_is_no_model_has_a_way_on(client: Any, number: str) -> None:
    answer = client.get(f"/models/{number}")
    assert answer.status_code == 404
    assert "<script>" not in answer.text
    assert 'href="/models"' in answer.text
    assert client.get(f"/models/pipeline/{number}").status_code == 404


def test_hostile_names_are_text(models_home: Any, dashboards: Callable[..., Any]) -> None:
    number = record_hostile(models_home)
    with dashboards(models_home.home).client() as client:
        registry = text_of(client.get("/models"))
        assert quote(PIPELINE, safe="") in registry
        assert text_of(client.get(f"/models/pipeline/{quote(PIPELINE, safe='')}")).count(f"/models/{number}") > 1
        page = text_of(client.get(f"/models/{number}"))
        assert "not shown" in page
        assert "show all" in page
        asked = {"metric": list(HOSTILE), "slice": TAGS}
        text_of(client.get(f"/models/pipeline/{quote(PIPELINE, safe='')}", params=asked))
        for text in HOSTILE:
            text_of(client.get(f"/models/{number}", params={"sort": text, "gap": text, "find": text}))


def test_hostile_slices_in_files(models_home: Any, dashboards: Callable[..., Any]) -> None:
    from shipway.data.evaluation.eval_result import EvalRun, write_eval_result
    from shipway.data.evaluation.metric_keys import MetricKey
    from shipway.data.evaluation.protos import config_pb2, validation_result_pb2

    model = models_home.model("run")
    models_home.task("run", "trainer", {}, {"model": model})
    numbers = models_home.artifact("run", "evaluator", "evaluation", "ModelEvaluation")
    config = config_pb2.EvalConfig()
    config.model_specs.add()
    count = MetricKey("example_count")
    slices = {((TAGS, text),): {MetricKey(TAGS): 0.1 * place, count: 50.0} for place, text in enumerate(HOSTILE)}
    metrics = {(): {MetricKey(TAGS): 0.5, MetricKey(LONG): 1e300, count: 1e9}, **slices}
    write_eval_result(Path(numbers.uri), EvalRun(config, "", "", {}), metrics, validation_result_pb2.ValidationResult())
    models_home.task("run", "evaluator", {"model": model}, {"evaluation": numbers})
    with dashboards(models_home.home).client() as client:
        page = text_of(client.get(f"/models/{models_home.id_of(model)}"))
        assert "alert('tags')" in page.split('id="fairness"')[1]
        text_of(client.get("/models/pipeline/bikes", params={"slice": f"{TAGS}={RIGHT_TO_LEFT}", "metric": LONG}))


def test_files_that_are_gone_leave_the_rest(versions: Any, dashboards: Callable[..., Any]) -> None:
    shutil.rmtree(versions.home.artifacts)
    with dashboards(versions.home).client() as client:
        page = text_of(client.get(f"/models/{versions.ids['run-4']}"))
        assert "are missing" in page
        assert "Its metadata sums it up" in page
        assert "changed by" in page
        assert "worst slices that the evaluation's metadata names" in page
        assert "cannot be read here" in page
        assert "0.77" in text_of(client.get("/models"))
        text_of(client.get("/models/pipeline/bikes"))
        assert "are missing" in text_of(client.get("/models/pipeline/bikes?slice=shift%3Dnight"))


def test_a_store_without_models_and_none_at_all(
    models_home: Any, dashboards: Callable[..., Any], tmp_path: Path
) -> None:  # fmt: skip
    models_home.task("run", "example_gen", {}, {"examples": ArtifactRecord("Examples", "/e")})
    with dashboards(models_home.home).client() as client:
        assert "No model is recorded yet" in text_of(client.get("/models"))
        assert client.get("/models/pipeline/bikes").status_code == 404
    with dashboards(tmp_path / "empty").client() as client:
        for path in ("/models", "/models/1", "/models/pipeline/x"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "Nothing has run here yet" in answer.text


def test_nobody_looks_without_signing_in(looked_at: Any, dashboards: Callable[..., Any]) -> None:
    served = dashboards(looked_at.home)
    with served.client("") as nobody:
        for path in ("/models", "/models/1", "/models/pipeline/bikes"):
            assert nobody.get(path).status_code in (303, 401)
    with served.client(served.viewer_token) as viewer:
        assert "/review" not in text_of(viewer.get(f"/models/{looked_at.ids['run-4']}"))


def test_a_metadata_service_that_is_away(
    looked_at: Any, dashboards: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from shipway.dashboards import site
    from shipway.settings import MetadataAddress

    monkeypatch.setattr(site, "PATIENCE_SECONDS", 0.0)
    away = MetadataAddress(None, "grpc://127.0.0.1:1")
    with dashboards(looked_at.home, metadata=away).client() as client:
        page = client.get("/models")
        assert page.status_code == 200
        assert 'class="problem"' in page.text
        assert "127.0.0.1:1" in page.text
        assert client.get("/models/1").status_code == 503


def test_who_serves_it(versions: Any, dashboards: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from shipway.dashboards.serving.fleet import Fleet, Served

    seen = [Served(TAGS, "bikes", 3, "AVAILABLE", TAGS), Served("spare", "bikes", 2, "LOADING", "http://spare:1")]
    monkeypatch.setattr(Fleet, "served", lambda self: seen)
    with dashboards(versions.home).client() as client:
        page = text_of(client.get(f"/models/{versions.ids['run-3']}")).split('id="places"')[1]
        assert "available" in page
        assert TAGS in page
        over_time = text_of(client.get("/models/pipeline/bikes"))
        assert over_time.count("served</span>") == 2
        assert "by spare, loading" in over_time
