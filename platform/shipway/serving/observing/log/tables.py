"""Taken batches as Arrow tables, one log row for each row of each request.

| column | what |
|---|---|
| tracking_id | of the request, the key to join feedback by |
| row | its number in the request, from 0 |
| time | when the request arrived, UTC |
| model, version, arm, signature, transport | what answered; the arm is `shadow:...` where nobody was given the answer |
| code | `OK`, or the code of the fault that the model's run ended with |
| latency_ms | from the arrival to the model's answer |
| inputs | what the model was given, by name; null where it makes no tensor |
| outputs | what it answered, by name; null where it failed |

A request whose inputs have no common first dimension is one row, with whole tensors as its values.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from shipway.data.arrays import from_numpy
from shipway.data.model.signature import TensorSpec
from shipway.serving.model import Arrays
from shipway.serving.observing.log.columns import column_of, repeated_text, text_column, time_column, type_of
from shipway.serving.observing.log.layout import Layout, is_by_row
from shipway.serving.observing.log.taken import TakenBatch

BREATH_SECONDS = 0.0001
"""How long requests have the interpreter for themselves after each column; just to let go of it would not do, because
the thread would have it back before the event loop has woken up."""


class LogTables:
    """Makes tables, and remembers what types the columns of a signature have come to have."""

    def __init__(self) -> None:
        self._types: dict[tuple[Layout, str], pa.DataType] = {}
        self._binary: set[tuple[Layout, str, str]] = set()

    def tables(self, batches: Sequence[TakenBatch], clock: float) -> list[tuple[Layout, pa.Table]]:
        """Tables of all rows, each of one layout.

        Args:
            clock: what is added to the batches' times to make them seconds since 1970.
        """
        groups: dict[Layout, list[TakenBatch]] = {}
        for batch in batches:
            layout = Layout(batch.model, batch.version, batch.signature.name, is_by_row(batch))
            groups.setdefault(layout, []).append(batch)
        return [(layout, table) for layout, group in groups.items() for table in self._group(layout, group, clock)]

    def _group(self, layout: Layout, batches: Sequence[TakenBatch], clock: float) -> list[pa.Table]:
        """One table; several where ranks differ that the signature leaves open, or where some batches have no part."""
        alike: dict[object, list[TakenBatch]] = {}
        for batch in batches:
            alike.setdefault((batch.feed is None, batch.outputs is None), []).append(batch)
        tables = []
        for group in alike.values():
            try:
                tables.append(self._table(layout, group, clock))
            except ValueError:
                by_rank: dict[object, list[TakenBatch]] = {}
                for batch in group:
                    by_rank.setdefault((_ranks(batch.feed), _ranks(batch.outputs)), []).append(batch)
                tables += [self._table(layout, same, clock) for same in by_rank.values()]
        return tables

    def _table(self, layout: Layout, batches: Sequence[TakenBatch], clock: float) -> pa.Table:
        facts = _facts(batches, clock, by_row=layout.is_by_row)
        rows = len(facts["row"])
        specs = batches[0].signature
        for name, spec, arrays in (
            ("inputs", specs.inputs, [batch.feed for batch in batches]),
            ("outputs", specs.outputs, [batch.outputs for batch in batches]),
        ):
            column = self._struct(layout, name, spec, arrays, rows)
            if column is not None:
                facts[name] = column
        return pa.Table.from_arrays(list(facts.values()), names=list(facts))

    def _struct(
        self, layout: Layout, part: str, specs: Mapping[str, TensorSpec], group: Sequence[Arrays | None], rows: int
    ) -> pa.Array | None:
        """Inputs or outputs; None where the signature has none at all."""
        first = group[0]
        if first is None:
            kind = self._types.get((layout, part)) or pa.struct([(name, type_of(spec)) for name, spec in specs.items()])
            return pa.nulls(rows, kind) if kind.num_fields else None
        columns = []
        for name in first:
            arrays = [arrays[name] for arrays in group if arrays is not None]
            if not layout.is_by_row:
                arrays = [np.asarray(array)[None] for array in arrays]
            column = column_of(arrays, is_binary=(layout, part, name) in self._binary)
            if _is_binary(column.type):
                self._binary.add((layout, part, name))
            columns.append(column)
            time.sleep(BREATH_SECONDS)
        if not columns:
            return None
        struct = pa.StructArray.from_arrays(columns, names=list(first))
        self._types[layout, part] = struct.type
        return struct


def _facts(batches: Sequence[TakenBatch], clock: float, *, by_row: bool) -> dict[str, pa.Array]:
    """The columns beside inputs and outputs."""
    first = batches[0]
    numbers = _row_numbers(batches) if by_row else np.zeros(len(batches), np.int32)
    rows = len(numbers)
    arrived = np.array(_for_rows(batches, "arrived", rows), np.float64)
    finished = np.array(_for_rows(batches, "finished", rows), np.float64)
    return {
        "tracking_id": text_column(_for_rows(batches, "ids", rows)),
        "row": from_numpy(numbers),
        "time": time_column(arrived + clock),
        "model": repeated_text(first.model, rows),
        "version": from_numpy(np.full(rows, first.version, np.int64)),
        "arm": text_column(_for_rows(batches, "arms", rows)),
        "signature": repeated_text(first.signature.name, rows),
        "transport": text_column(_for_rows(batches, "transports", rows)),
        "code": text_column([code for batch in batches for code in [batch.code.name] * (batch.rows if by_row else 1)]),
        "latency_ms": from_numpy((finished - arrived) * 1e3),
    }


def _row_numbers(batches: Sequence[TakenBatch]) -> np.ndarray:
    rows = _call_rows(batches)
    if len(rows) == sum(rows):
        return np.zeros(len(rows), np.int32)
    return np.concatenate([np.arange(one, dtype=np.int32) for one in rows])


def _call_rows(batches: Sequence[TakenBatch]) -> list[int]:
    return [rows for batch in batches for rows in batch.call_rows]


def _for_rows(batches: Sequence[TakenBatch], name: str, rows: int) -> list:
    """What is known of each call, once for each of its rows."""
    values = [value for batch in batches for value in getattr(batch, name)]
    if len(values) == rows:
        return values
    return [value for value, times in zip(values, _call_rows(batches), strict=True) for _ in range(times)]


def _ranks(arrays: Arrays | None) -> tuple[int, ...] | None:
    return None if arrays is None else tuple([array.ndim for array in arrays.values()])


def _is_binary(kind: pa.DataType) -> bool:
    while pa.types.is_list(kind):
        kind = kind.value_type
    return pa.types.is_binary(kind)
