"""Runs side by side: facts of any number of runs, and statistics with what differs most first."""

from __future__ import annotations

import pytest

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.compare.rows import row_of, section
from shipway.dashboards.pages.compare.statistics import statistics_tables
from shipway.dashboards.pages.compare.view import TooManyRuns, compare_page
from shipway.dashboards.runs.records import ArtifactRef, Run, Task
from shipway.runner.home import Home


@pytest.mark.parametrize(
    ("values", "texts", "change"),
    [
        ([1, 1], ["1", "1"], ""),
        ([1, 3, 2.5], ["1", "3", "2.5"], "differs: +1.5"),
        (["a", "b"], ["a", "b"], "differs"),
        ([None, "b"], [None, "b"], "differs: 1 without it"),
        ([{"a": 1}, {"a": 1}], ['{"a": 1}', '{"a": 1}'], ""),
        ([0.1 + 0.2, 0.3], ["0.3", "0.3"], "differs: -5.55112e-17"),
        ([True, False], ["true", "false"], "differs"),
    ],
    ids=["same", "numbers", "texts", "missing", "nested", "rounding", "flags"],
)
def test_rows(values, texts, change):
    row = row_of("x", values)
    assert (list(row.values), row.change) == (texts, change)


def test_digests_are_cut_to_what_tells_them_apart():
    assert row_of("rows.digest", ["sha256:" + "a" * 64] * 2).values == ["sha256:aaaaa"] * 2


def test_a_section_shows_what_differs_and_counts_the_rest():
    facts = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 2, "c": 1}]
    found = section("Facts", facts, everything=False)
    assert [row.name for row in found.rows] == ["a", "b", "c"]
    assert section("Facts", facts[:2], everything=False).same == 1
    assert [row.name for row in section("Facts", facts[:2], everything=True).rows] == ["a", "b"]
    many = section("Facts", [{str(n): n for n in range(400)}, {}], everything=False)
    assert (len(many.rows), many.left_out) == (300, 100)


def test_three_runs(workshop, event, record, task, pipeline):
    for number, run_id in enumerate(("r1", "r2", "r3")):
        rows = record("Examples", f"/rows/{number}", span=number, rows=100)
        metrics = record("ModelEvaluation", f"/eval/{number}", summary=f'{{"metrics": {{"auc": 0.{number}}}}}')
        workshop.run(
            run_id,
            [event.run_started, event.ended("data"), event.ended("judge", seconds=number + 1.0)],
            parameters={"n": number, "same": 1},
        )
        workshop.spec(
            run_id, pipeline({"data": task("data"), "judge": task("judge")}), sources={"a.py": f"digest-{number > 0}"}
        )
        workshop.record(run_id, "data", outputs={"rows": rows}, spans=str(number), other=5)
        workshop.record(run_id, "judge", {"rows": rows}, {"evaluation": metrics})
    page = compare_page(workshop.home, workshop.queries, ["r1", " r2 ", "r3", "r1", ""])
    again = compare_page(workshop.home, workshop.queries, ["r3", "r1"], by_time=True)
    assert [run.run_id for run in again.runs] == ["r1", "r3"]
    found = {one.title: {row.name: (list(row.values), row.change) for row in one.rows} for one in page.sections}
    assert [run.run_id for run in page.runs] == ["r1", "r2", "r3"]
    assert found["Parameters of the runs"] == {"n": (["0", "1", "2"], "differs: +2")}
    assert found["Parameters of the steps"] == {"data.spans": (["0", "1", "2"], "differs")}
    assert found["Data"]["data.rows.span"] == (["0", "1", "2"], "differs: +2")
    assert "data.rows.rows" not in found["Data"]
    assert found["Metrics"] == {"judge.evaluation.auc": (["0", "0.1", "0.2"], "differs: +0.2")}
    assert found["Code"]["a.py digest"] == (["digest-False"[:12], "digest-True"[:12], "digest-True"[:12]], "differs")
    assert found["Steps"]["judge, seconds"] == (["1", "2", "3"], "differs: +2")
    assert found["Steps"]["data"] == (["interrupted"] * 3, "") or found["Steps"]["data"][1] == ""


def test_too_many_unknown_and_too_few(workshop, event):
    workshop.run("r1", [event.run_started])
    with pytest.raises(TooManyRuns):
        compare_page(workshop.home, workshop.queries, [str(number) for number in range(7)])
    with pytest.raises(NotFound):
        compare_page(workshop.home, workshop.queries, ["r1", "absent"])
    assert compare_page(workshop.home, workshop.queries, ["r1"]).sections == ()


def statistics(folder, split, **features):
    """Write FeatureStats.pb; a feature is (present, missing, mean, deviation) or (present, missing, distinct)."""
    from tensorflow_metadata.proto.v0 import statistics_pb2

    from shipway.data.statistics import FILE_NAME, write_statistics

    found = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = found.datasets.add(name="All Examples", num_examples=100)
    for name, numbers in features.items():
        feature = dataset.features.add()
        feature.path.step.append(name)
        stats = feature.num_stats if len(numbers) == 4 else feature.string_stats
        stats.common_stats.num_non_missing, stats.common_stats.num_missing = numbers[:2]
        if len(numbers) == 4:
            stats.mean, stats.std_dev = numbers[2:]
        else:
            stats.unique = numbers[2]
    path = folder / f"Split-{split}" / FILE_NAME
    path.parent.mkdir(parents=True)
    write_statistics(path, found)
    return path


def run_with(uri, run_id="r1"):
    ref = ArtifactRef("statistics", "ExampleStatistics", str(uri))
    return Run(run_id, "taxi", "SUCCEEDED", tasks=[Task("stats", "SUCCEEDED", outputs=[ref])])


@pytest.fixture
def artifacts(tmp_path):
    """Where the artifacts of a home lie."""
    return Home(tmp_path / "home").create().artifacts


def tables_of(artifacts, runs):
    return statistics_tables(Home(artifacts.parent), runs)


def test_what_differs_most_comes_first(artifacts):
    statistics(
        artifacts / "1", "train", fare=(100, 0, 10.0, 5.0), tips=(90, 10, 1.0, 1.0), company=(100, 0, 7), same=(9, 1, 3)
    )
    statistics(
        artifacts / "2", "train", fare=(100, 0, 11.0, 5.0), tips=(50, 50, 1.0, 1.0), company=(100, 0, 8),
        same=(9, 1, 3), extra=(1, 1, 1),
    )  # fmt: skip
    (table,), problems = tables_of(artifacts, [run_with(artifacts / "1"), run_with(artifacts / "2", "r2")])
    assert problems == []
    assert table.title == "stats statistics, split train"
    assert [row.name for row in table.rows] == ["extra", "tips", "fare", "company", "same"]
    assert [row.change for row in table.rows] == [
        "differs: 1 without it", "differs: missing +40.00 points, count -40", "differs: mean +1",
        "differs: distinct +1", "",
    ]  # fmt: skip
    assert table.rows[1].cells[1].missing_share == 0.5


def test_statistics_that_both_runs_took_from_the_cache_are_the_same(artifacts):
    statistics(artifacts / "1", "train", fare=(100, 0, 10.0, 5.0))
    (table,), _ = tables_of(artifacts, [run_with(artifacts / "1"), run_with(artifacts / "1", "r2")])
    assert [row.change for row in table.rows] == [""]


def test_statistics_that_cannot_be_read_are_named(artifacts):
    statistics(artifacts / "1", "train", fare=(1, 0, 1.0, 1.0))
    statistics(artifacts / "2", "train", fare=(1, 0, 2.0, 1.0)).write_bytes(b"torn")
    (artifacts / "3" / "Split-train").mkdir(parents=True)
    runs = [run_with(artifacts / name, name) for name in ("1", "2", "3", "gone")]
    tables, problems = tables_of(
        artifacts, [*runs, run_with("/etc"), run_with("ftp://x"), run_with("relative/x"), run_with("")]
    )
    assert tables == []
    assert len(problems) == 7
    told = "\n".join(problems)
    assert f"{artifacts / '2'}/Split-train/FeatureStats.pb" in told
    assert f"{artifacts / '3'}/Split-train/FeatureStats.pb" in told
    assert "not there any more" in told
    assert told.count("are not shown") == 4


def test_statistics_that_lead_out_of_their_artifact_are_not_read(artifacts, tmp_path):
    elsewhere = statistics(tmp_path / "secret", "train", fare=(1, 0, 1.0, 1.0))
    (artifacts / "1" / "Split-train").mkdir(parents=True)
    (artifacts / "1" / "Split-train" / "FeatureStats.pb").symlink_to(elsewhere)
    tables, problems = tables_of(artifacts, [run_with(artifacts / "1"), run_with(artifacts / "1")])
    assert tables == []
    assert "leads out of the artifact" in problems[0]
