"""Rows as serialized tf.Examples, for signatures that take those: TFX's way of asking a model.

A tf.Example says itself whether a number is whole, and a model takes one kind only. In CSV nobody says so, so the types
are found as ExampleGen finds them, from the whole file.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.cli.prediction.rows import RowBatch, Rows, columns_of, limited, numbered
from shipway.data.model.signature import PREDICT_FEATURES, Signature
from shipway.errors import EnvironmentFault, InputError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa


class NoEncoder(EnvironmentFault):
    """tfx_bsl, which writes tf.Examples, is not installed."""

    def __init__(self, signature: str) -> None:
        super().__init__(
            f"The signature {signature!r} takes tf.Examples, and tfx_bsl, which writes them, is not installed: install "
            f"shipway[data], or choose --signature {PREDICT_FEATURES} where the model has it."
        )


class NoTypes(UsageError):
    """CSV that comes through a pipe, for a signature that needs the types of its columns."""

    def __init__(self, signature: str) -> None:
        super().__init__(
            f"The signature {signature!r} takes tf.Examples, whose types are found by reading a CSV file twice: give "
            "its path instead of '-', or rows as JSON."
        )


class NoFeature(InputError):
    """A column that no tf.Example holds."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The rows of {name!r} cannot be made tf.Examples ({reason}): give each column one type.")


def encoded(name: str, batch: RowBatch, signature: Signature) -> dict[str, list[Any]]:
    """The only input of `signature`: a serialized tf.Example for each row; raises `NoFeature` and `NoEncoder`."""
    if importlib.util.find_spec("tfx_bsl") is None:
        raise NoEncoder(signature.name)
    import pyarrow as pa

    from shipway.data.columns import conform, feature_schema
    from shipway.data.example_coder import encode_examples

    try:
        columns = pa.RecordBatch.from_pydict({key: pa.array(values) for key, values in batch.columns.items()})
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise NoFeature(name, " ".join(str(error).split())[:200]) from error
    (only,) = signature.inputs
    return {only: encode_examples(conform(columns, feature_schema(columns.schema, name), name))}


def typed_batches(source: Rows, signature: Signature, size: int, limit: int | None) -> Iterator[RowBatch]:
    """The rows with the types that their columns have; raises `NoTypes`, and what ExampleGen's reader raises."""
    if not source.is_text:
        yield from source.batches(size, limit)
        return
    path = getattr(source, "path", None)
    if path is None:
        raise NoTypes(signature.name)
    yield from limited(numbered(columns_of(batch) for batch in _typed_csv(path, size)), limit)


def _typed_csv(path: Path, size: int) -> Iterator[pa.RecordBatch]:
    from shipway.data.configs import CsvOptions
    from shipway.data.readers import TypesWidened
    from shipway.data.readers.csv_reader import CsvReader

    reader = CsvReader([path], CsvOptions())
    while True:
        try:
            batches = list(reader.batches(path))
            break
        except TypesWidened:
            continue
    for whole in batches:
        for start in range(0, whole.num_rows, size):
            yield whole.slice(start, size)
