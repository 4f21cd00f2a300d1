import os
import sqlite3

import pyarrow as pa
import pytest

from shipway.data.readers import sql_reader
from shipway.data.readers.errors import (
    DuplicateResultColumn,
    MixedResultColumn,
    NoResult,
    QueryFailed,
    QueryParameters,
)
from shipway.data.readers.sql_reader import query_batches, span_parameters
from shipway.data.readers.sql_url import Database
from shipway.data.spans import MissingInput


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "trips.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE trips (id INTEGER, fare REAL, company TEXT, photo BLOB, mixed)")
        rows = [(n, n / 2, f"company {n % 3}" if n else None, b"\xff", n if n % 2 else "text") for n in range(10)]
        connection.executemany("INSERT INTO trips VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


def read(path, query, **parameters):
    batches = list(query_batches(Database(f"sqlite:///{path}"), query, parameters))
    return pa.Table.from_batches(batches)


def test_rows_come_as_features(path):
    table = read(path, "SELECT id, fare, company, photo FROM trips ORDER BY id")
    assert table.schema.types == [pa.int64(), pa.float32(), pa.string(), pa.binary()]
    assert table.slice(0, 2).to_pydict() == {
        "id": [0, 1],
        "fare": [0.0, 0.5],
        "company": [None, "company 1"],
        "photo": [b"\xff", b"\xff"],
    }


def test_rows_come_in_batches(path, monkeypatch):
    monkeypatch.setattr(sql_reader, "BATCH_SIZE", 4)
    batches = list(query_batches(Database(f"sqlite:///{path}"), "SELECT id FROM trips", {}))
    assert [batch.num_rows for batch in batches] == [4, 4, 2]


def test_parameters_are_bound_by_the_driver(path):
    evil = "company 1' OR '1'='1"
    assert read(path, "SELECT id FROM trips WHERE company = :name", name="company 1")["id"].to_pylist() == [1, 4, 7]
    assert (
        list(query_batches(Database(f"sqlite:///{path}"), "SELECT id FROM trips WHERE company = :n", {"n": evil})) == []
    )
    chosen = read(path, "SELECT id FROM trips WHERE id IN :ids AND fare > :low", ids=[1, 2, 9], low=0.5)
    assert chosen["id"].to_pylist() == [2, 9]


def test_parameters_and_query_must_name_the_same(path):
    with pytest.raises(QueryParameters, match="without a value: 'low', not in the query: 'high'"):
        read(path, "SELECT id FROM trips WHERE fare > :low", high=3)
    assert read(path, r"SELECT '12\:30' AS clock")["clock"].to_pylist() == ["12:30"]


def test_the_day_of_a_span_is_bound_where_a_query_names_it():
    query = "SELECT * FROM t WHERE at >= :span_begin_timestamp AND at < :span_end_timestamp"
    assert span_parameters(query, 17167) == {"span_begin_timestamp": 1483228800, "span_end_timestamp": 1483315200}
    assert span_parameters("SELECT :span_yyyymmdd_utc", 17167) == {"span_yyyymmdd_utc": "20170101"}


def test_a_missing_file_is_not_created(tmp_path):
    with pytest.raises(MissingInput, match=r"no file or folder '.*none\.db'"):
        read(tmp_path / "none.db", "SELECT 1 AS a")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("query", "error", "sentence"),
    [
        ("SELECT absent FROM trips", QueryFailed, r"The query failed on 'sqlite:///.*' \(no such column: absent\)"),
        ("SELECT id, fare AS id FROM trips", DuplicateResultColumn, "two columns named 'id'"),
        ("SELECT mixed FROM trips", MixedResultColumn, r"'mixed' of the query holds values of the type\(s\) int, str"),
        ("DELETE FROM trips", QueryFailed, "attempt to write a readonly database"),
        ("PRAGMA query_only = OFF", NoResult, "write a SELECT"),
    ],
)
def test_a_bad_query_is_explained(path, query, error, sentence):
    with pytest.raises(error, match=sentence):
        read(path, query)


@pytest.fixture
def postgresql():
    """A server to try it on: the URL in SHIPWAY_TEST_POSTGRESQL, with its password in PGPASSWORD if it wants one."""
    url = os.environ.get("SHIPWAY_TEST_POSTGRESQL")
    if not url:
        pytest.skip(
            "no PostgreSQL server: set SHIPWAY_TEST_POSTGRESQL to a URL such as postgresql://user@host/database"
        )
    return url


QUERY = """
SELECT n AS id, n / 2.0::float8 AS fare, (n * 1.5)::numeric(9, 2) AS price, 'text ' || n AS name,
       n % 2 = 0 AS even, ARRAY[n, n + 1] AS pair, DATE '2024-01-31' + n AS day, '\\xff'::bytea AS raw,
       NULL::integer AS nothing, NULLIF(n, 1) AS gaps
FROM generate_series(0, :last) AS n
"""


def test_postgresql_values_become_features(postgresql):
    table = pa.Table.from_batches(list(query_batches(Database(postgresql), QUERY, {"last": 2})))
    assert table.to_pydict() == {
        "id": [0, 1, 2],
        "fare": [0.0, 0.5, 1.0],
        "price": [0.0, 1.5, 3.0],
        "name": ["text 0", "text 1", "text 2"],
        "even": [1, 0, 1],
        "pair": [[0, 1], [1, 2], [2, 3]],
        "day": ["2024-01-31", "2024-02-01", "2024-02-02"],
        "raw": [b"\xff"] * 3,
        "nothing": [None] * 3,
        "gaps": [0, None, 2],
    }


def test_postgresql_results_are_streamed_and_read_only(postgresql):
    batches = query_batches(Database(postgresql), "SELECT generate_series(1, :last) AS n", {"last": 100_000_000})
    assert next(batches).num_rows == sql_reader.BATCH_SIZE
    batches.close()
    mode = "SELECT current_setting('transaction_read_only') AS mode"
    assert next(query_batches(Database(postgresql), mode, {})).to_pydict() == {"mode": ["on"]}
