"""Rows of a SQL query, streamed: the database keeps the result, and batches of it come over as they are used."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from shipway.data.columns import conform, feature_schema
from shipway.data.readers.errors import DuplicateResultColumn, MixedResultColumn, NoResult, QueryFailed, QueryParameters
from shipway.data.readers.sql_url import Database
from shipway.data.spans import MissingInput

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql.elements import TextClause

BATCH_SIZE = 16384
SOURCE = "the query"
DAY = datetime.timedelta(days=1)
CONVERTERS: dict[type, Callable[[Any], Any]] = {decimal.Decimal: float, uuid.UUID: str, memoryview: bytes}


def query_batches(database: Database, query: str, parameters: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
    """The rows of `query`, whose `:name`s are bound to `parameters`; a list is bound to the `:name` of an `IN :name`.

    Nothing can be written: the transaction is read-only. Raises `QueryFailed`, `QueryParameters`, `NoResult`,
    `DuplicateResultColumn`, `MixedResultColumn`, and `MissingInput` for an SQLite file that is not there.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    if database.sqlite_file is not None and not Path(database.sqlite_file).is_file():
        raise MissingInput(Path(database.sqlite_file).absolute())
    try:
        engine = create_engine(database.url, poolclass=NullPool)
        options = {"stream_results": True, "max_row_buffer": BATCH_SIZE, "postgresql_readonly": True}
        with engine.connect().execution_options(**options) as connection:
            if database.sqlite_file is not None:
                connection.exec_driver_sql("PRAGMA query_only = ON")
            yield from _result_batches(connection, _bound(query, parameters), parameters)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise QueryFailed(database.text, database.scrubbed(reason)) from None


def span_parameters(query: str, span: int) -> dict[str, Any]:
    """TFX's parameters of a span, those that the query names: the day's first second, its last plus one, its date."""
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + span * DAY
    known = {
        "span_begin_timestamp": int(start.timestamp()),
        "span_end_timestamp": int((start + DAY).timestamp()),
        "span_yyyymmdd_utc": start.strftime("%Y%m%d"),
    }
    return {name: value for name, value in known.items() if name in _parameter_names(query)}


def _parameter_names(query: str) -> set[str]:
    from sqlalchemy import text

    return set(text(query)._bindparams)


def _bound(query: str, parameters: Mapping[str, Any]) -> TextClause:
    from sqlalchemy import bindparam, text

    names = _parameter_names(query)
    if names != set(parameters):
        raise QueryParameters(sorted(names - set(parameters)), sorted(set(parameters) - names))
    lists = [bindparam(name, expanding=True) for name, value in parameters.items() if isinstance(value, list)]
    return text(query).bindparams(*lists)


def _result_batches(
    connection: Connection, statement: TextClause, parameters: Mapping[str, Any]
) -> Iterator[pa.RecordBatch]:
    with closing(connection.execute(statement, dict(parameters))) as result:
        if not result.returns_rows:
            raise NoResult
        names = list(result.keys())
        for name in names:
            if names.count(name) > 1:
                raise DuplicateResultColumn(name)
        while rows := result.fetchmany(BATCH_SIZE):
            columns = [_array(name, values) for name, values in zip(names, zip(*rows, strict=True), strict=True)]
            batch = pa.RecordBatch.from_arrays(columns, names=names)
            yield conform(batch, feature_schema(batch.schema, SOURCE), SOURCE)


def _array(name: str, values: Sequence[Any]) -> pa.Array:
    kinds = {type(value) for value in values} - {type(None)}
    for kind in kinds & CONVERTERS.keys():
        values = [CONVERTERS[kind](value) if type(value) is kind else value for value in values]
    if kinds == {int, float}:
        values = [value if value is None else float(value) for value in values]
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise MixedResultColumn(name, sorted(kind.__name__ for kind in kinds)) from error
