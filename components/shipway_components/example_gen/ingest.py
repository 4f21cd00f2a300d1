"""From batches of rows to the splits of an Examples artifact, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa

from shipway.artifacts import FORMAT_PARQUET, FORMAT_TF_EXAMPLE, Examples
from shipway.data.columns import feature_schema, widest_schema
from shipway.data.configs import OutputConfig
from shipway.data.examples import ExamplesWriter
from shipway.data.prefetch import prefetched
from shipway.data.readers import Reader, TypesWidened
from shipway.data.splits import HashSplitter
from shipway.errors import UsageError

PAYLOAD_FORMATS = {"parquet": FORMAT_PARQUET, "tfrecord": FORMAT_TF_EXAMPLE}
SourcedBatch = tuple[str, str, pa.RecordBatch]
"""The input split of a batch, the file or table that it comes from, its rows."""


class UnknownPayloadFormat(UsageError):
    """A payload format that Shipway does not write."""

    def __init__(self, payload_format: str) -> None:
        known = ", ".join(PAYLOAD_FORMATS)
        super().__init__(f"The payload_format is {payload_format!r}: give one of {known}.")


def payload_format(name: str) -> str:
    """TFX's name for a payload format; raises `UnknownPayloadFormat`."""
    if name not in PAYLOAD_FORMATS:
        raise UnknownPayloadFormat(name)
    return PAYLOAD_FORMATS[name]


def file_batches(reader: Reader, files: Mapping[str, Sequence[Path]]) -> Iterator[SourcedBatch]:
    """All rows of all input splits, file after file."""
    for split, paths in files.items():
        for path in paths:
            for batch in reader.batches(path):
                yield split, str(path), batch


def write_splits(
    read: Callable[[], Iterable[SourcedBatch]],
    input_splits: Sequence[str],
    config: OutputConfig,
    examples: Examples,
    progress: Callable[[int], None],
) -> int:
    """Write every row that `read()` gives to its split, and return how many there were.

    `read` is called anew when the reader has found in the middle that a column needs a wider type. Sets the split
    names and row counts of `examples`; its payload format is set before. Raises `ColumnTypeChanged`, which names the
    file, for a column that is of one kind here and of another there.
    """
    while True:
        try:
            counts = _write_once(read(), input_splits, config, examples, progress)
        except TypesWidened:
            continue
        examples.split_names = list(counts)
        examples.metadata["rows"] = sum(counts.values())
        examples.metadata["split_rows"] = json.dumps(counts)
        return sum(counts.values())


def _write_once(
    batches: Iterable[SourcedBatch],
    input_splits: Sequence[str],
    config: OutputConfig,
    examples: Examples,
    progress: Callable[[int], None],
) -> dict[str, int]:
    splitter = HashSplitter(config) if config.splits else None
    names = splitter.names if splitter else input_splits
    rows = 0
    columns = pa.schema([])
    with ExitStack() as stack:
        writers = {name: stack.enter_context(ExamplesWriter(examples, name)) for name in names}
        for split, source, batch in prefetched(batches):
            columns = widest_schema(columns, feature_schema(batch.schema, source), source)
            for name, part in splitter.divide(batch, source) if splitter else [(split, batch)]:
                writers[name].write(part)
            rows += batch.num_rows
            progress(rows)
    return {name: writer.rows for name, writer in writers.items()}
