"""Several spans of examples as one artifact."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from shipway.artifacts import FORMAT_TF_EXAMPLE, Examples, storage_faults
from shipway.artifacts.object_store import brought
from shipway.data.columns import widest_schema
from shipway.data.examples import split_columns, split_rows
from shipway.data.split_files import part_name, split_files
from shipway.data.split_parts import recast_parquet
from shipway.errors import InputError, UsageError
from shipway_components.resolver.resolve import Scope

NO_LAST_SPAN = -1
NEWEST_SPAN = (1 << 31) - 1


class BadSpanRange(UsageError):
    """A range that no span can be in."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"There are no spans from {first} to {last}: give first_span <= last_span, or last_span=-1.")


class PayloadsDiffer(InputError):
    """Spans that were written in different formats."""

    def __init__(self, first: Examples, second: Examples) -> None:
        super().__init__(
            f"The span {first.span} is {first.payload_format} and the span {second.span} is {second.payload_format}: "
            f"make them again with one payload_format, then they can be used together."
        )


@dataclass(frozen=True)
class SpanRange:
    """Spans from `first` to `last` (-1: the newest), of these the `latest` newest (0: all)."""

    first: int
    last: int
    latest: int


def examples_in_range(scope: Scope, wanted: SpanRange, output_key: str) -> list[Any]:
    """One recorded artifact per span of the range, by span. Raises `BadSpanRange`."""
    last = NEWEST_SPAN if wanted.last == NO_LAST_SPAN else wanted.last
    if not 0 <= wanted.first <= last:
        raise BadSpanRange(wanted.first, wanted.last)
    if scope.lineage is None:
        return []
    found = scope.lineage.artifacts_in_span_range(
        Examples.type_name, wanted.first, last, pipeline=scope.pipeline, output_key=output_key or None
    )
    return found[-wanted.latest :] if wanted.latest else found


def merge_spans(found: Sequence[Any], merged: Examples) -> None:
    """Put the files of all spans into `merged`, hard-linked where the disk allows it, with the columns of all.

    The merged artifact has no span of its own, so that no range ever takes it for one. Raises `PayloadsDiffer`, and
    `ColumnTypeChanged` for a column that changes its kind from span to span.
    """
    spans = [Examples(one.uri, path=brought(one.uri), metadata=dict(one.metadata)) for one in found]
    for one in spans:
        if one.payload_format != spans[0].payload_format:
            raise PayloadsDiffer(spans[0], one)
    merged.payload_format = spans[0].payload_format
    splits = list(dict.fromkeys(split for one in spans for split in one.split_names))
    with storage_faults(merged.path):
        rows = sum(_merge_split(spans, merged, split) for split in splits)
        _unify_columns(spans, merged, splits)
    merged.split_names = splits
    merged.metadata["rows"] = rows
    merged.metadata["spans"] = json.dumps([one.span for one in spans])


def _merge_split(spans: Sequence[Examples], merged: Examples, split: str) -> int:
    """Link the files of one split; how many rows they have."""
    having = [one for one in spans if split in one.split_names]
    files = [path for one in having for path in split_files(one, split)]
    folder = merged.split_path(split)
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(files):
        _link(path, folder / part_name(number, len(files), merged.payload_format))
    return sum(split_rows(one, split) for one in having)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _unify_columns(spans: Sequence[Examples], merged: Examples, splits: Sequence[str]) -> None:
    """Give all files the columns of all spans, as one artifact has them."""
    schema = pa.schema([])
    for one in spans:
        for split in one.split_names:
            schema = widest_schema(schema, split_columns(one, split), str(one.path))
    if merged.payload_format == FORMAT_TF_EXAMPLE:
        from shipway.data.record_columns import write_columns_file

        for split in splits:
            rows = sum(split_rows(one, split) for one in spans if split in one.split_names)
            write_columns_file(merged.path, schema, split, rows)
    else:
        recast_parquet((path for split in splits for path in sorted(merged.split_path(split).iterdir())), schema)
