"""Which Arrow columns are features, and how batches of one data set come to have the same columns.

A feature is what tf.Example can hold: int64, float32 or bytes (UTF-8 text as `string`, anything else as `binary`), one
value a row (a scalar column, null when it is missing) or several (a list column). What is known of a column grows while
batches arrive: a column that was null so far gets its type, text that is not UTF-8 makes it binary, a row with
two values makes it a list, integers beside floats become floats. It never changes between numbers and bytes.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow_hotfix  # noqa: F401 - a Parquet or Arrow file must not be able to run code (CVE-2023-47248)

from shipway.data.errors import ColumnTypeChanged, DuplicateColumn, InexactValue, MissingInsideList, UnsupportedColumn

BYTES_TYPES = (pa.string(), pa.binary())


def is_list(kind: pa.DataType) -> bool:
    """Whether a column of this type holds several values a row."""
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def feature_type(name: str, kind: pa.DataType, source: str) -> pa.DataType:
    """The feature type that a column of `source` with type `kind` becomes.

    Booleans become 0 and 1, decimals and wider floats float32, dates and times their ISO text, which is what a CSV
    of the same data would hold. Raises `UnsupportedColumn` for structs, maps, durations and lists of lists.
    """
    if pa.types.is_dictionary(kind):
        return feature_type(name, kind.value_type, source)
    if is_list(kind):
        inner = feature_type(name, kind.value_type, source)
        if is_list(inner):
            raise UnsupportedColumn(name, str(kind), source)
        return inner if pa.types.is_null(inner) else pa.list_(inner)
    if pa.types.is_null(kind):
        return pa.null()
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float32()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.binary()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_moment(kind):
        return pa.string()
    raise UnsupportedColumn(name, str(kind), source)


def feature_schema(schema: pa.Schema, source: str) -> pa.Schema:
    """`feature_type` of every column of a schema; raises `DuplicateColumn` for a name that is there twice."""
    names = schema.names
    if len(set(names)) < len(names):
        raise DuplicateColumn(next(name for name in names if names.count(name) > 1), source)
    return pa.schema([pa.field(field.name, feature_type(field.name, field.type, source)) for field in schema])


def observed_type(name: str, column: pa.Array, source: str) -> pa.DataType:
    """The narrowest feature type that holds `column`: a list of at most one value a row counts as a scalar.

    Raises `UnsupportedColumn`, and `MissingInsideList` for a list that has a null among its values.
    """
    kind = feature_type(name, column.type, source)
    if is_list(kind):
        if column.flatten().null_count:
            raise MissingInsideList(name, source)
        if not has_several_values(column):
            kind = kind.value_type
    value = kind.value_type if is_list(kind) else kind
    if pa.types.is_binary(value) and _is_text(column):
        return pa.list_(pa.string()) if is_list(kind) else pa.string()
    return kind


def has_several_values(column: pa.Array) -> bool:
    """Whether any row of a list column holds more than one value."""
    return (pc.max(list_lengths(column)).as_py() or 0) > 1


def widest_type(name: str, first: pa.DataType, second: pa.DataType, source: str) -> pa.DataType:
    """The feature type that holds values of both; raises `ColumnTypeChanged` where there is none."""
    if first.equals(second) or pa.types.is_null(second):
        return first
    if pa.types.is_null(first):
        return second
    first_value = first.value_type if is_list(first) else first
    second_value = second.value_type if is_list(second) else second
    if first_value in BYTES_TYPES and second_value in BYTES_TYPES:
        value = first_value if first_value.equals(second_value) else pa.binary()
    elif first_value.equals(second_value):
        value = first_value
    elif {first_value, second_value} == {pa.int64(), pa.float32()}:
        value = pa.float32()
    else:
        raise ColumnTypeChanged(name, str(first_value), str(second_value), source)
    return pa.list_(value) if is_list(first) or is_list(second) else value


def widest_schema(first: pa.Schema, second: pa.Schema, source: str) -> pa.Schema:
    """The columns of both schemas, in the order of their first appearance, each with its widest type."""
    kinds = {field.name: field.type for field in first}
    for field in second:
        kinds[field.name] = widest_type(field.name, kinds.get(field.name, pa.null()), field.type, source)
    return pa.schema(list(kinds.items()))


def conform(batch: pa.RecordBatch, schema: pa.Schema, source: str) -> pa.RecordBatch:
    """`batch` with the columns of `schema`, in its order: values are cast, an absent column is all missing.

    Raises `InexactValue` for an integer that its new type cannot hold exactly.
    """
    if batch.schema.equals(schema):
        return batch
    arrays = []
    for field in schema:
        index = batch.schema.get_field_index(field.name)
        column = pa.nulls(batch.num_rows) if index < 0 else batch.column(index)
        try:
            arrays.append(cast_column(column, field.type))
        except pa.ArrowInvalid as error:
            raise InexactValue(field.name, str(field.type), str(error), source) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def cast_column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """A column as the feature type `kind`; floats are rounded to float32, an empty list becomes a missing value.

    Integers become floats only where float32 holds them exactly (up to 2^24), so that no identifier turns into another
    one; Arrow's `ArrowInvalid` otherwise. A list column may become a scalar one only where `has_several_values` is
    false.
    """
    if column.type.equals(kind):
        return column
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), kind)
    if is_list(column.type):
        return _cast_list(column, kind) if is_list(kind) else _only_values(column, kind)
    if is_list(kind):
        return as_lists(_cast_values(column, kind.value_type), kind)
    return _cast_values(column, kind)


def as_lists(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """A scalar column as lists of type `kind`, one value a row; a missing value becomes a missing list."""
    return _lists(column.drop_null(), column.is_valid(), column.is_valid(), kind)


def _cast_values(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type.equals(kind):
        return column
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.string())
    rounds = pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
    return pc.cast(column, kind, safe=not rounds)


def _cast_list(column: pa.Array, kind: pa.DataType) -> pa.Array:
    values = cast_column(column.flatten(), kind.value_type)
    return _lists(values, list_lengths(column), column.is_valid(), kind)


def _only_values(column: pa.Array, kind: pa.DataType) -> pa.Array:
    filled = pc.equal(list_lengths(column), 1)
    positions = pc.subtract(pc.cumulative_sum(filled.cast(pa.int64())), 1)
    indices = pc.if_else(filled, positions, pa.scalar(None, pa.int64()))
    return cast_column(column.flatten(), kind).take(indices)


def _lists(values: pa.Array, lengths: pa.Array, valid: pa.Array, kind: pa.DataType) -> pa.Array:
    """Lists over `values`, which hold every row's values one after the other and nothing else."""
    width = pa.int64() if pa.types.is_large_list(kind) else pa.int32()
    offsets = pa.concat_arrays([pa.array([0], width), pc.cumulative_sum(lengths.cast(width))])
    validity = None if pc.all(valid).as_py() is not False else valid.buffers()[1]
    return pa.Array.from_buffers(kind, len(lengths), [validity, offsets.buffers()[1]], children=[values])


def list_lengths(column: pa.Array) -> pa.Array:
    """How many values each row of a list column has; a missing list has none."""
    if pa.types.is_fixed_size_list(column.type):
        return pc.multiply(column.is_valid().cast(pa.int64()), column.type.list_size)
    return pc.fill_null(pc.list_value_length(column), 0)


def _is_moment(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind)


def _is_text(column: pa.Array) -> bool:
    values = column.flatten() if is_list(column.type) else column
    try:
        values.cast(pa.large_string() if pa.types.is_large_binary(values.type) else pa.string())
    except pa.ArrowInvalid:
        return False
    return True
