"""The pages over HTTP: addresses, redirects, unknown ids, hostile names, an empty store."""

from __future__ import annotations

from html import unescape
from urllib.parse import quote

import pyarrow as pa
import pytest

from shipway.data.statistics import generate_statistics
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity

PLACES = (
    "/data",
    "/data/pipeline/trips",
    "/data/pipeline/trips/drift",
    "/data/pipeline/trips/drift?kind=drift&feature=fare&feature=paid",
    "/data/pipeline/trips/schema",
)


def test_pages_answer(three_spans, dashboards):
    ids = [three_spans.data.id_of(one) for one in three_spans.recorded.statistics]
    schema = three_spans.data.id_of(three_spans.recorded.schemas[0])
    more = (
        f"/data/{ids[2]}?chart=quantiles&log=1&weighted=1&sort=missing",
        f"/data/{ids[2]}?against={ids[0]}&chart=lengths",
        f"/data/{ids[2]}?against_split=eval&slice=paid_cash",
        f"/data/pipeline/trips/schema?version={schema}&find=fare",
    )
    with dashboards(three_spans.data.home).client() as client:
        for place in (*PLACES, *more):
            answer = client.get(place)
            assert answer.status_code == 200, place
            assert "<img" not in answer.text, place


def test_rows_lead_to_their_newest_statistics(three_spans, dashboards):
    data, recorded = three_spans.data, three_spans.recorded
    with dashboards(data.home).client() as client:
        answer = client.get(f"/data/{data.id_of(recorded.examples[1])}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/data/{data.id_of(recorded.statistics[1])}"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/data/999999", "No artifact '999999' is recorded"),
        ("/data/nothing", "No artifact 'nothing' is recorded"),
        ("/data/pipeline/nobody", "Nothing is recorded of a pipeline 'nobody'"),
        ("/data/pipeline/nobody/drift", "Nothing is recorded of a pipeline 'nobody'"),
        ("/data/pipeline/nobody/schema", "Nothing is recorded of a pipeline 'nobody'"),
        ("/data/pipeline/trips/schema?version=x", "No artifact 'x' is recorded"),
    ],
)
def test_what_is_not_there(three_spans, dashboards, place, told):
    with dashboards(three_spans.data.home).client() as client:
        answer = client.get(place)
        assert answer.status_code == 404
        assert told in unescape(answer.text)


def test_other_artifacts_have_no_statistics(three_spans, dashboards):
    schema = three_spans.data.id_of(three_spans.recorded.schemas[0])
    with dashboards(three_spans.data.home).client() as client:
        answer = client.get(f"/data/{schema}")
    assert answer.status_code == 404
    assert f"Artifact {schema} is a Schema, no statistics" in answer.text


def test_rows_without_statistics(data_home, dashboards):
    rows = data_home.examples("r1", 1, {"train": 5})
    with dashboards(data_home.home).client() as client:
        answer = client.get(f"/data/{data_home.id_of(rows)}")
        assert answer.status_code == 404
        assert "statistics_gen" in answer.text


@pytest.mark.parametrize("place", ["/data", "/data/1", "/data/pipeline/trips/drift"])
def test_a_home_in_which_nothing_has_run(tmp_path, dashboards, place):
    with dashboards(tmp_path).client() as client:
        answer = client.get(place)
        assert answer.status_code == 404
        assert "shipway run" in answer.text


def test_hostile_names_are_text(data_home, dashboards):
    tags, long, turned = "<img src=x onerror=alert(1)>'\"&%2F?#", "x" * 10_000, "\u202eevil"
    task = TaskIdentity(tags, f"run {tags}", turned, tags)
    execution = data_home.lineage.begin(task, {}, {"schema_file": long}, "key")
    outputs = {
        turned: ArtifactRecord("Examples", f"/{tags}", {"rows": long, "split_rows": f'{{"{turned}": 5}}'}, "1", long),
        "statistics": ArtifactRecord("ExampleStatistics", f"/{long}", {"split_names": tags}, "2"),
        "schema": ArtifactRecord("Schema", f"/{turned}", {tags: tags}, "3"),
        "anomalies": ArtifactRecord("ExampleAnomalies", f"/{tags}/a", {"anomalies": long}, "4"),
    }
    data_home.lineage.complete(execution, {key: [one] for key, one in outputs.items()}, {})
    name = quote(tags, safe="")
    with dashboards(data_home.home).client() as client:
        for place in (
            "/data",
            f"/data/pipeline/{name}",
            f"/data/pipeline/{name}/drift",
            f"/data/pipeline/{name}/schema",
        ):
            answer = client.get(place)
            assert answer.status_code == 200, place
            assert "<img" not in answer.text
        found = data_home.queries.artifacts("ExampleStatistics")[0]
        answer = client.get(f"/data/{found.id}?split={name}&find={name}&slice={name}&against={name}")
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert "are not shown" in answer.text


def test_another_pipelines_data_is_this_ones_too(three_spans, dashboards, data_home):
    rows = data_home.examples("r1", 7, {"train": 5})
    other = TaskIdentity("borrower", "r2", "trainer", "shipway_components.trainer")
    with Lineage.open(data_home.home.metadata_db) as lineage:
        lineage.complete(lineage.begin(other, {"examples": [rows]}, {}, "k"), {}, {})
    with dashboards(data_home.home).client() as client:
        assert "train" in client.get("/data/pipeline/borrower").text


def test_features_that_only_one_has_or_that_are_of_another_kind(data_home, dashboards):
    columns = (
        {"both": [1, 2], "gone": [1.5, 2.5], "changed": [1, 2]},
        {"both": [3, 4], "new": ["a", "b"], "changed": ["x", "y"]},
    )
    made = []
    for span, table in enumerate(columns):
        rows = data_home.examples(f"r{span}", span, {"train": 2})
        found = generate_statistics(pa.table(table).to_batches())
        made.append(data_home.id_of(data_home.statistics(f"r{span}", rows, {"train": found})))
    with dashboards(data_home.home).client() as client:
        answer = client.get(f"/data/{made[1]}?against={made[0]}")
    assert answer.status_code == 200
    for told in ("only here, not in the other", "only in the other, not here", "numeric in the other"):
        assert told in answer.text
