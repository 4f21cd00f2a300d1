import json
import sqlite3

import pytest

from shipway.artifacts import Examples
from shipway.data.examples import read_table
from shipway.data.readers.errors import NoQueryRows
from shipway.data.readers.sql_url import SecretInUrl
from shipway.step import StepContext
from shipway_components.example_gen import sql_example_gen


@pytest.fixture
def generate(tmp_path):
    with sqlite3.connect(tmp_path / "trips.db") as connection:
        connection.execute("CREATE TABLE trips (id INTEGER, user TEXT, at INTEGER)")
        rows = [(n, f"u{n % 20}", 1483228800 + n * 864) for n in range(300)]
        connection.executemany("INSERT INTO trips VALUES (?, ?, ?)", rows)
    connection.close()

    def run(**parameters):
        examples = Examples(uri=str(tmp_path / "examples"))
        context = StepContext("pipeline", "run", "task", tmp_path)
        arguments = {"url": f"sqlite:///{tmp_path}/trips.db", "query": "SELECT * FROM trips", **parameters}
        sql_example_gen.function(context=context, examples=examples, **arguments)
        return examples

    return run


def test_rows_of_a_query_become_splits(generate):
    examples = generate(query="SELECT id, user FROM trips WHERE id >= :low", query_parameters={"low": 100})
    assert examples.split_names == ["train", "eval"]
    counts = json.loads(examples.metadata["split_rows"])
    assert sum(counts.values()) == examples.metadata["rows"] == 200
    assert read_table(examples, "train").num_rows == counts["train"] == pytest.approx(133, abs=20)


def test_rows_are_divided_by_a_feature(generate):
    examples = generate(output_config={"split_config": {"partition_feature_name": "user"}})
    train, held_out = (set(read_table(examples, split)["user"].to_pylist()) for split in ("train", "eval"))
    assert not train & held_out


def test_the_rows_of_one_spans_day(generate):
    examples = generate(
        query="SELECT id FROM trips WHERE at >= :span_begin_timestamp AND at < :span_end_timestamp", span=17168
    )
    assert examples.span == 17168
    ids = [value for split in ("train", "eval") for value in read_table(examples, split)["id"].to_pylist()]
    assert sorted(ids) == list(range(100, 200))


def test_no_rows_and_a_password_in_clear_are_refused(generate):
    with pytest.raises(NoQueryRows, match="The query gives no rows"):
        generate(query="SELECT * FROM trips WHERE id < 0")
    with pytest.raises(SecretInUrl):
        generate(url="postgresql://ann:geheim@host/db")


def test_the_fingerprint_holds_no_secret(generate, monkeypatch, tmp_path):
    monkeypatch.setenv("DB_NAME", str(tmp_path / "trips.db"))
    examples = generate(url="sqlite:///${DB_NAME}")
    assert examples.metadata["rows"] == 300
    assert str(tmp_path) not in json.dumps(examples.metadata)
