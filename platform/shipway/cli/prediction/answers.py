"""Answers as JSON lines, CSV, or text for people; a file appears under its name when it is whole."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

from shipway.artifacts import partial_sibling, storage_faults, writing
from shipway.cli.prediction.asking import Answered, AskedModel
from shipway.cli.prediction.rows import RowBatch
from shipway.data.errors import listing
from shipway.errors import InputError, UsageError

FORMATS = ("jsonl", "csv", "text")
STDOUT = "-"


class NoSuchColumn(UsageError):
    """A column to keep that the rows do not have."""

    def __init__(self, column: str, columns: Sequence[str]) -> None:
        super().__init__(f"The rows have no column {column!r} to keep: they have {listing(columns)}.")


class ColumnTaken(InputError):
    """A column to keep that is called like an output."""

    def __init__(self, column: str) -> None:
        super().__init__(f"The column {column!r} to keep is called like an output of the model: leave it out.")


class Sink(Protocol):
    """Takes batches with their answers, in order."""

    def write(self, batch: RowBatch, answered: Answered) -> None: ...


class JsonLines:
    """One object a row: the kept columns, and the outputs. What JSON has no number for is null."""

    def __init__(self, stream: TextIO, kept: Sequence[str]) -> None:
        self._stream = stream
        self._kept = kept

    def write(self, batch: RowBatch, answered: Answered) -> None:
        columns = _columns(batch, answered, self._kept)
        for row in zip(*columns.values(), strict=True):
            json.dump(_finite(dict(zip(columns, row, strict=True))), self._stream, default=_text, ensure_ascii=False)
            self._stream.write("\n")
        self._stream.flush()


class Csv:
    """A header and one line a row; outputs of several values are JSON in their cell."""

    def __init__(self, stream: TextIO, kept: Sequence[str]) -> None:
        self._stream = stream
        self._writer = csv.writer(stream, lineterminator="\n")
        self._kept = kept
        self._has_header = False

    def write(self, batch: RowBatch, answered: Answered) -> None:
        columns = _columns(batch, answered, self._kept)
        if not self._has_header:
            self._writer.writerow(columns)
            self._has_header = True
        self._writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
        self._stream.flush()


class Text:
    """Question and answer of each row, for people, with what is known of the row and was not asked."""

    def __init__(self, stream: TextIO, model: AskedModel) -> None:
        self._stream = stream
        self._signature = model.signature
        self._say("asked", f"{model.place}, signature {model.signature.name}")

    def write(self, batch: RowBatch, answered: Answered) -> None:
        asked = set(batch.columns) if self._signature.takes_examples else set(self._signature.inputs)
        for row in range(batch.count):
            given = {name: values[row] for name, values in batch.columns.items()}
            self._say("question", _words({name: value for name, value in given.items() if name in asked}))
            self._say("answer", _words({name: values[row] for name, values in answered.outputs.items()}))
            self._say("not asked", _words({name: value for name, value in given.items() if name not in asked}))
        self._say("tracking id", answered.tracking_id)
        self._stream.flush()

    def _say(self, label: str, words: str) -> None:
        if words:
            print(f"{label:<11} {words}", file=self._stream)


def sink_of(answer_format: str, stream: TextIO, kept: Sequence[str], model: AskedModel) -> Sink:
    """The sink for one of `FORMATS`."""
    if answer_format == "text":
        return Text(stream, model)
    return Csv(stream, kept) if answer_format == "csv" else JsonLines(stream, kept)


@contextmanager
def output_stream(name: str) -> Iterator[TextIO]:
    """Standard output for "-"; else a file that gets its name when all is written; raises an `EnvironmentFault`."""
    if name == STDOUT:
        yield sys.stdout
        return
    path = Path(name).expanduser().absolute()
    partial = partial_sibling(path)
    with writing(path):
        stream = partial.open("w", encoding="utf-8", newline="")
    try:
        with storage_faults(path), stream:
            yield stream
        with writing(path):
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _columns(batch: RowBatch, answered: Answered, kept: Sequence[str]) -> dict[str, Sequence[Any]]:
    for column in kept:
        if column not in batch.columns:
            raise NoSuchColumn(column, list(batch.columns))
        if column in answered.outputs:
            raise ColumnTaken(column)
    return {**{column: batch.columns[column] for column in kept}, **answered.outputs}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(_finite(value), default=_text, ensure_ascii=False)
    return _text(value) if isinstance(value, bytes) else value


def _text(value: Any) -> str:
    """Bytes, dates and decimals, which columns of a Parquet file may hold."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _words(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_word(value)}" for name, value in facts.items())


def _word(value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, list):
        return f"[{', '.join(map(_word, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else _text(value)
