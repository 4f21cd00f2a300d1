"""Our statistics against TFDV's own, on real trips, on columns made to be awkward, and on columns nobody thought of."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest
from google.protobuf import text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.data.statistics import StatisticsOptions, generate_statistics

pytestmark = pytest.mark.tensorflow

INF, NAN = float("inf"), float("nan")

NASTY = pa.RecordBatch.from_pydict(
    {
        "null": pa.nulls(6),
        "no integers": pa.array([None] * 6, pa.int64()),
        "no text": pa.array([None] * 6, pa.string()),
        "empty lists": pa.array([[], [], None, [], [], []], pa.list_(pa.int64())),
        "unicode": pa.array(["é", "日本", "", None, "😀", "é"]),
        "not utf-8": pa.array([b"\xff\xfe", b"ok", None, b"\xff\xfe", b"", b"zz"], pa.binary()),
        "all kinds": pa.array([NAN, 1.0, None, 2.0, INF, -INF], pa.float32()),
        "only nan": pa.array([NAN] * 6, pa.float32()),
        "only inf": pa.array([INF] * 6, pa.float32()),
        "one inf": pa.array([INF, 1, 2, 3, 4, 5], pa.float32()),
        "one -inf": pa.array([-INF, 1, 2, 3, 4, 5], pa.float32()),
        "huge": pa.array([2**63 - 1, -(2**63), 0, 2**53 + 1, None, 1]),
        "wide": pa.array([3e38, -3e38, 1.0, 0.0, 0.0, None], pa.float32()),
        "several": pa.array([[1, 2], [3], None, [], [4, 5, 6], [0]]),
        "several texts": pa.array([["a", "b"], ["a"], None, [], ["c", "c", "c"], [""]]),
        "nested": pa.array([[[1, 2], [3]], [[4]], None, [], [[], None, [5]], [[6]]], pa.list_(pa.list_(pa.int64()))),
        "constant": pa.array([7] * 6),
        "one value": pa.array([None] * 5 + [1.5], pa.float32()),
        "categories": pa.array([10, 9, 9, 9, 100, -1]),
        "float categories": pa.array([1 / 3, -3e38, 1.0, 1.0, NAN, None], pa.float32()),
    }
)

ROLES = text_format.Parse(
    """
    feature { name: "categories" type: INT int_domain { is_categorical: true } }
    feature { name: "several" type: INT bool_domain {} }
    feature { name: "not utf-8" type: BYTES image_domain {} }
    feature { name: "no text" type: BYTES image_domain {} }
    feature { name: "float categories" type: FLOAT float_domain { is_categorical: true } }
    feature { name: "unicode" type: INT int_domain { is_categorical: true } }
    """,
    schema_pb2.Schema(),
)


@pytest.fixture(scope="module")
def trips(taxi_csv: Any) -> pa.RecordBatch:
    table = pyarrow.csv.read_csv(taxi_csv)
    kinds = [(field.name, pa.float32() if pa.types.is_floating(field.type) else field.type) for field in table.schema]
    return table.cast(pa.schema(kinds)).combine_chunks().to_batches()[0]


def batches_of(rows: pa.RecordBatch, size: int) -> list[pa.RecordBatch]:
    return [rows.slice(start, size) for start in range(0, rows.num_rows, size)]


def test_trips(trips: pa.RecordBatch, tfdv_statistics: Any, differences: Any) -> None:
    """Few enough rows for TFDV's quantiles to be exact: every single field is equal, whatever the batches."""
    rows = trips.slice(0, 5000)
    assert differences(generate_statistics(batches_of(rows, 700)), tfdv_statistics(rows)) == []


def test_all_trips(trips: pa.RecordBatch, tfdv_statistics: Any, differences: Any) -> None:
    """Past its block size TFDV's quantiles are approximate: they differ from ours by less than its error of 1 %."""
    found = differences(generate_statistics(batches_of(trips, 4096)), tfdv_statistics(trips))
    assert all(".histograms[" in place or ".median" in place for place in found), found
    for place in found:
        mine, other = (float(number) for number in place.partition(": ")[2].removesuffix(" in TFDV's").split(", "))
        assert abs(mine - other) <= max(0.01 * trips.num_rows, 0.01 * abs(other)), place


@pytest.mark.parametrize("rows", [1, 4, 6])
def test_awkward_columns(rows: int, tfdv_statistics: Any, differences: Any) -> None:
    some = NASTY.slice(0, rows)
    assert differences(generate_statistics([some]), tfdv_statistics(some)) == []


def test_awkward_columns_with_roles(tfdv_statistics: Any, differences: Any) -> None:
    ours = generate_statistics([NASTY], schema=ROLES)
    assert differences(ours, tfdv_statistics(NASTY, ROLES, use_sketch_based_topk_uniques=True)) == []


@pytest.mark.parametrize("schema", [None, ROLES])
def test_weights(schema: Any, tfdv_statistics: Any, differences: Any) -> None:
    names = [name for name in NASTY.schema.names if name != "null"]
    weights = pa.array([1.0, 2.0, 0.0, 0.5, 3.0, 1.0], pa.float32())
    rows = pa.RecordBatch.from_arrays([weights, *(NASTY.column(name) for name in names)], ["w", *names])
    ours = generate_statistics([rows], StatisticsOptions(weight_feature="w"), schema)
    theirs = tfdv_statistics(rows, schema, weight_feature="w", use_sketch_based_topk_uniques=True)
    assert differences(ours, theirs) == []


COMPOSITES = text_format.Parse(
    """
    feature { name: "v" type: FLOAT }
    sparse_feature { name: "sparse" index_feature { name: "i" } index_feature { name: "absent" }
                     value_feature { name: "v" } }
    weighted_feature { name: "weighted" feature { step: "i" } weight_feature { step: "w" } }
    """,
    schema_pb2.Schema(),
)


def test_sparse_and_weighted_features(tfdv_statistics: Any, differences: Any) -> None:
    rows = pa.RecordBatch.from_pydict(
        {"v": [[1.0, 2.0], [3.0], None, [4.0], None], "i": [[1, 2], [3], [1], [4, 5], None], "w": [1, None, 2, 3, None]}
    )
    ours = generate_statistics(batches_of(rows, 2), schema=COMPOSITES)
    theirs = tfdv_statistics(rows, COMPOSITES)
    assert differences(ours, theirs) == []
    assert [feature.path.step[0] for feature in ours.datasets[0].features] == ["v", "i", "w", "sparse", "weighted"]


def test_numbers_of_buckets_and_ranks(trips: pa.RecordBatch, tfdv_statistics: Any, differences: Any) -> None:
    options = {
        "num_top_values": 3,
        "num_rank_histogram_buckets": 5,
        "num_values_histogram_buckets": 4,
        "num_histogram_buckets": 7,
        "num_quantiles_histogram_buckets": 3,
        "frequency_threshold": 40,
    }
    rows = trips.slice(0, 3000)
    ours = generate_statistics([rows], StatisticsOptions.from_mapping(options))
    assert differences(ours, tfdv_statistics(rows, **options)) == []


def test_slices_and_exact_ranks(beam_tfdv_statistics: Any, as_lists: Any, differences: Any) -> None:
    """As TFX runs TFDV, on Beam: slices, and top values counted one by one, ties and invalid UTF-8 included."""
    from tensorflow_data_validation.utils.slicing_util import get_feature_value_slicer

    names = ["unicode", "several", "not utf-8", "all kinds", "several texts", "categories"]
    columns = [NASTY.column(NASTY.schema.get_field_index(name)) for name in names]
    columns[-1] = pa.array([10, 9, 9, 10, 100, -1])
    rows = pa.RecordBatch.from_arrays(columns, names)
    by_unicode, by_both = {"unicode": None}, {"unicode": None, "several": [1, 4]}
    slicers = [get_feature_value_slicer(dict(by)) for by in (by_unicode, by_both)]
    schema = schema_pb2.Schema(feature=[ROLES.feature[0]])

    ours = generate_statistics([rows], StatisticsOptions().with_slices(["unicode", by_both]), schema)
    theirs = beam_tfdv_statistics(as_lists(rows), schema=schema, experimental_slice_functions=slicers)

    assert [dataset.name for dataset in ours.datasets] == ["All Examples", *sorted(set(theirs) - {"All Examples"})]
    for dataset in ours.datasets:
        assert differences(dataset, theirs[dataset.name]) == []


integers = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
floats = st.floats(width=32)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
COLUMNS = [
    (pa.int64(), integers),
    (pa.float32(), floats),
    (pa.string(), texts),
    (pa.binary(), texts.map(str.encode)),
    (pa.list_(pa.int64()), st.lists(integers, max_size=3)),
    (pa.list_(pa.float32()), st.lists(floats, max_size=3)),
    (pa.list_(pa.string()), st.lists(texts, max_size=3)),
    (pa.list_(pa.list_(pa.int64())), st.lists(st.none() | st.lists(integers, max_size=2), max_size=2)),
]


@st.composite
def any_rows(draw: Any) -> pa.RecordBatch:
    count = draw(st.integers(1, 12))
    columns = [
        pa.array(draw(st.lists(st.none() | values, min_size=count, max_size=count)), kind) for kind, values in COLUMNS
    ]
    weights = draw(st.lists(st.floats(0, 100, width=32), min_size=count, max_size=count))
    names = [str(kind) for kind, _ in COLUMNS]
    return pa.RecordBatch.from_arrays([*columns, pa.array(weights, pa.float32())], [*names, "w"])


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rows=any_rows())
def test_any_columns(rows: pa.RecordBatch, tfdv_statistics: Any, differences: Any) -> None:
    assert differences(generate_statistics([rows]), tfdv_statistics(rows)) == []
