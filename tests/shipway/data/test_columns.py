import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from shipway.data.columns import conform, feature_schema, feature_type, observed_type, widest_schema, widest_type
from shipway.data.errors import ColumnTypeChanged, DuplicateColumn, InexactValue, MissingInsideList, UnsupportedColumn

INT, FLOAT, TEXT, BYTES = pa.int64(), pa.float32(), pa.string(), pa.binary()


@pytest.mark.parametrize(
    ("kind", "feature"),
    [
        (pa.int8(), INT),
        (pa.uint64(), INT),
        (pa.bool_(), INT),
        (pa.float64(), FLOAT),
        (pa.decimal128(9, 2), FLOAT),
        (pa.large_string(), TEXT),
        (pa.dictionary(pa.int8(), pa.string()), TEXT),
        (pa.date32(), TEXT),
        (pa.timestamp("us", "UTC"), TEXT),
        (pa.time64("us"), TEXT),
        (pa.large_binary(), BYTES),
        (pa.binary(4), BYTES),
        (pa.large_list(pa.float64()), pa.list_(FLOAT)),
        (pa.list_(pa.float32(), 3), pa.list_(FLOAT)),
        (pa.list_(pa.null()), pa.null()),
    ],
)
def test_every_flat_type_is_a_feature(kind, feature):
    assert feature_type("x", kind, "file") == feature


@pytest.mark.parametrize(
    "kind", [pa.struct([("a", INT)]), pa.map_(TEXT, INT), pa.list_(pa.list_(INT)), pa.duration("s")], ids=str
)
def test_nested_types_are_none(kind):
    with pytest.raises(UnsupportedColumn, match="The column 'x' of 'file' has the type"):
        feature_type("x", kind, "file")


def test_a_name_that_is_there_twice_is_refused():
    with pytest.raises(DuplicateColumn, match="several columns named 'x' in 'file'"):
        feature_schema(pa.schema([("x", INT), ("y", INT), ("x", TEXT)]), "file")


@pytest.mark.parametrize(
    ("values", "kind", "observed"),
    [
        ([[1], None, []], pa.large_list(INT), INT),
        ([[1, 2]], pa.large_list(INT), pa.list_(INT)),
        ([[b"text"], [b"\xc3\xa9"]], pa.large_list(pa.large_binary()), TEXT),
        ([[b"text", b"\xff"]], pa.large_list(pa.large_binary()), pa.list_(BYTES)),
        ([None], pa.null(), pa.null()),
        ([None, None], pa.list_(FLOAT), FLOAT),
    ],
)
def test_a_column_is_what_its_values_need(values, kind, observed):
    assert observed_type("x", pa.array(values, kind), "file") == observed


def test_a_missing_value_inside_a_list_is_refused():
    with pytest.raises(MissingInsideList, match="The column 'x' of 'file' has a list with a missing value inside"):
        observed_type("x", pa.array([[1, None]]), "file")


@pytest.mark.parametrize(
    ("first", "second", "widest"),
    [
        (pa.null(), INT, INT),
        (INT, pa.list_(INT), pa.list_(INT)),
        (TEXT, BYTES, BYTES),
        (pa.list_(TEXT), BYTES, pa.list_(BYTES)),
        (INT, FLOAT, FLOAT),
    ],
)
def test_types_widen_in_either_order(first, second, widest):
    assert widest_type("x", first, second, "file") == widest
    assert widest_type("x", second, first, "file") == widest


def test_numbers_do_not_become_text():
    with pytest.raises(ColumnTypeChanged, match="'x' changes its type from int64 to string in 'file'"):
        widest_schema(pa.schema([("x", INT)]), pa.schema([("y", INT), ("x", TEXT)]), "file")


def test_conform_casts_reorders_and_fills():
    batch = pa.record_batch(
        [
            pa.array([Decimal("1.5"), None]),
            pa.array(["a", None]).dictionary_encode(),
            pa.array([datetime.date(2024, 2, 29), None]),
            pa.array([[7], None], pa.large_list(pa.int64())),
            pa.array([True, False]),
        ],
        names=["price", "code", "day", "one", "flag"],
    )
    schema = pa.schema(
        [
            ("flag", INT),
            ("one", INT),
            ("absent", pa.list_(TEXT)),
            ("day", TEXT),
            ("code", pa.list_(TEXT)),
            ("price", FLOAT),
        ]
    )
    result = conform(batch, schema, "file")
    result.validate(full=True)
    assert result.schema == schema
    assert result.to_pydict() == {
        "flag": [1, 0],
        "one": [7, None],
        "absent": [None, None],
        "day": ["2024-02-29", None],
        "code": [["a"], None],
        "price": [1.5, None],
    }


def test_slices_conform_as_whole_batches_do():
    batch = pa.record_batch([pa.array([[1], None, [], [4]]), pa.array([5, None, 6, 7])], names=["a", "b"])
    schema = pa.schema([("a", INT), ("b", pa.large_list(INT))])
    whole = conform(batch, schema, "file").to_pydict()
    part = conform(batch.slice(1, 2), schema, "file")
    part.validate(full=True)
    assert part.to_pydict() == {name: values[1:3] for name, values in whole.items()}


def test_an_identifier_is_not_rounded_to_a_float():
    batch = pa.record_batch([pa.array([2**24 + 1])], names=["id"])
    with pytest.raises(InexactValue, match="The column 'id' of 'file' has a value that does not fit its type float"):
        conform(batch, pa.schema([("id", FLOAT)]), "file")
