"""`shipway schema`: what it shows, what a run's data would change, and that nothing is written unasked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shipway.artifacts import ExampleStatistics, Schema
from shipway.data.schema import read_schema, write_schema
from shipway.data.statistics import FILE_NAME, generate_statistics, overall, write_statistics
from shipway.data.validation_engine import infer_schema

GOOD = {"who": ["a", "b"] * 9, "n": [1] * 18}
MOVED = {"who": ["a", "z"] * 9, "n": [1] * 18}


def statistics_of(columns: dict[str, list[Any]]) -> Any:
    return generate_statistics([pa.RecordBatch.from_pydict(columns)])


@pytest.fixture
def curated(tmp_path: Path) -> Path:
    path = tmp_path / "curated.pbtxt"
    write_schema(path, infer_schema(overall(statistics_of(GOOD))))
    return path


@pytest.fixture
def failed_run(home: Any, curated: Path) -> Any:
    """`run-9`: a curated schema that the eval split breaks, and statistics whose validation failed."""
    schema = home.artifact("run-9", "import_schema_gen", "schema", "Schema")
    Schema(schema.uri).schema_file.write_text(curated.read_text())
    home.task("run-9", "import_schema_gen", {}, {"schema": schema}, schema_file=str(curated))
    statistics = home.artifact(
        "run-9", "statistics_gen", "statistics", "ExampleStatistics", split_names='["train", "eval"]'
    )
    made = ExampleStatistics(statistics.uri)
    for split, columns in {"train": GOOD, "eval": MOVED}.items():
        made.split_path(split).mkdir()
        write_statistics(made.split_path(split) / FILE_NAME, statistics_of(columns))
    home.task("run-9", "statistics_gen", {}, {"statistics": statistics})
    home.task("run-9", "example_validator", {"statistics": statistics, "schema": schema}, {}, exclude_splits=[])
    return home


def test_show_a_file(curated: Path, shipway: Any) -> None:
    answer = shipway("schema", "show", str(curated))
    assert answer.code == 0
    assert answer.lines[0].split() == ["FEATURE", "TYPE", "PRESENCE", "VALUES", "DOMAIN"]
    assert answer.lines[1].split() == ["who", "STRING", "required", "1", "'a',", "'b'"]
    assert answer.lines[-1] == f"2 features, no environments: {curated}"


def test_show_says_what_has_no_column(curated: Path, shipway: Any) -> None:
    schema = read_schema(curated)
    schema.feature[0].drift_comparator.infinity_norm.threshold = 0.1
    schema.feature[1].not_in_environment.append("SERVING")
    schema.default_environment.append("SERVING")
    write_schema(curated, schema)
    answer = shipway("schema", "show", str(curated))
    assert "drift of who: L-infinity up to 0.1" in answer.lines
    assert "environments of n: not SERVING" in answer.lines
    assert "2 features, environments SERVING" in answer.lines[-1]


def test_show_finds_the_latest_schema_an_artifact_and_a_run(failed_run: Any, shipway: Any) -> None:
    schema = failed_run.lineage.queries().latest_artifact("Schema")
    for words in ([], [str(schema.id)], [schema.uri], ["run-9"], ["--pipeline", "taxi"]):
        answer = shipway("schema", "show", *words, "--json")
        assert answer.code == 0, answer.err
        assert list(json.loads(answer.out)["features"]) == ["who", "n"]


def test_diff_of_two_files(tmp_path: Path, curated: Path, shipway: Any) -> None:
    other = tmp_path / "other.pbtxt"
    schema = read_schema(curated)
    schema.string_domain[0].value.append("c")
    write_schema(other, schema)
    assert shipway("schema", "diff", str(curated), str(other)).lines == ["who: domain: + 'c'"]
    assert shipway("schema", "diff", str(curated), str(curated)).lines == ["The schemas say the same."]
    answer = shipway("schema", "diff", str(curated), str(other), "--json")
    assert json.loads(answer.out) == [{"feature": "who", "text": "domain: + 'c'"}]


def test_diff_of_a_run_is_what_its_data_would_change(failed_run: Any, shipway: Any) -> None:
    assert shipway("schema", "diff", "run-9").lines == ["who: domain: + 'z'"]


def test_accept_writes_the_curated_file_of_the_run(failed_run: Any, curated: Path, shipway: Any) -> None:
    answer = shipway("schema", "accept", "run-9", "--yes")
    assert answer.code == 0, answer.err
    assert answer.lines[0] == "who: domain: + 'z'"
    assert f"import_schema_gen(schema_file='{curated}')" in answer.lines[-1]
    assert list(read_schema(curated).string_domain[0].value) == ["a", "b", "z"]
    assert shipway("schema", "accept", "run-9", "--yes").lines == [
        "The data fits the schema already: nothing to write."
    ]


def test_accept_keeps_what_was_edited_since_the_run(failed_run: Any, curated: Path, shipway: Any) -> None:
    schema = read_schema(curated)
    schema.feature[0].drift_comparator.infinity_norm.threshold = 0.1
    write_schema(curated, schema)
    assert shipway("schema", "accept", "run-9", "--yes").code == 0
    assert read_schema(curated).feature[0].drift_comparator.infinity_norm.threshold == 0.1


def test_accept_into_another_file(failed_run: Any, curated: Path, tmp_path: Path, shipway: Any) -> None:
    before = curated.read_text()
    answer = shipway("schema", "accept", "run-9", "-o", str(tmp_path / "new.pbtxt"), "--feature", "who", "--yes")
    assert answer.code == 0, answer.err
    assert curated.read_text() == before
    assert list(read_schema(tmp_path / "new.pbtxt").string_domain[0].value) == ["a", "b", "z"]


def test_accept_of_files(tmp_path: Path, curated: Path, shipway: Any) -> None:
    write_statistics(tmp_path / FILE_NAME, statistics_of(MOVED))
    words = ["--schema", str(curated), "--statistics", str(tmp_path / FILE_NAME)]
    assert shipway("schema", "accept", *words, "--yes").code == 0
    assert list(read_schema(curated).string_domain[0].value) == ["a", "b", "z"]


@pytest.mark.parametrize(("reply", "code", "values"), [("y", 0, ["a", "b", "z"]), ("", 1, ["a", "b"])])
def test_accept_asks(
    failed_run: Any, curated: Path, shipway: Any, monkeypatch: Any, reply: str, code: int, values: list[str]
) -> None:
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or reply)
    assert shipway("schema", "accept", "run-9").code == code
    assert asked == [f"Write 1 change to {curated}? [y/N] "]
    assert list(read_schema(curated).string_domain[0].value) == values


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["accept"], "Say what to accept: a run, or --schema and --statistics."),
        (["accept", "run-9"], "because nobody can be asked here: add --yes"),
        (["accept", "run-9", "--feature", "n", "--yes"], "Nothing would change about the feature 'n'"),
        (["accept", "run-8"], "No run 'run-8' is recorded"),
        (["show", "run-8"], "No run 'run-8' is recorded"),
        (["accept", "--schema", "run-9", "--statistics", "run-9", "--yes"], "say with -o FILE where to write"),
    ],
)
def test_what_it_refuses(failed_run: Any, curated: Path, shipway: Any, words: list[str], wanted: str) -> None:
    before = curated.read_text()
    answer = shipway("schema", *words)
    assert answer.code == 2
    assert wanted in answer.err
    assert curated.read_text() == before


def test_a_run_without_a_curated_file_needs_a_place(home: Any, shipway: Any) -> None:
    schema = home.artifact("run-7", "schema_gen", "schema", "Schema")
    write_schema(Schema(schema.uri).schema_file, infer_schema(overall(statistics_of(GOOD))))
    home.task("run-7", "schema_gen", {}, {"schema": schema})
    answer = shipway("schema", "accept", "run-7", "--yes")
    assert (answer.code, "leads to no statistics" in answer.err) == (2, True)
