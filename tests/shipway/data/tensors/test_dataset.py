import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.data.example_coder import encode_examples
from shipway.data.tensors import TensorFlowDatasetOptions as Options
from shipway.data.tensors.dataset import make_dataset
from shipway.data.tensors.errors import ColumnUnfit, LabelUnknown, NoRows, UnusableSchema, ValuesMissing
from shipway.data.tensors.feature_spec import feature_spec

pytestmark = pytest.mark.tensorflow

ROWS = 53
TINY = 400
"""A memory budget in bytes that makes the dataset read windows."""


def numbers(dataset):
    """The rows' numbers, batch by batch."""
    return [batch["number"].numpy().astype(int).tolist() for batch in dataset]


def assert_same(given, wanted):
    import tensorflow as tf

    if isinstance(wanted, tf.SparseTensor):
        assert_same(given.indices, wanted.indices)
        assert_same(given.dense_shape, wanted.dense_shape)
        assert_same(given.values, wanted.values)
    elif isinstance(wanted, tf.RaggedTensor):
        assert_same(given.row_splits, wanted.row_splits)
        assert_same(given.values, wanted.values)
    else:
        assert given.dtype == wanted.dtype
        assert given.shape == wanted.shape
        np.testing.assert_array_equal(given.numpy(), wanted.numpy())


@pytest.mark.parametrize("budget", [1 << 30, TINY])
@pytest.mark.parametrize("payload", ["parquet", "records"])
def test_tensors_are_those_that_parsing_tf_examples_gives(payload, budget, request, rows, schema):
    import tensorflow as tf

    dataset = make_dataset(request.getfixturevalue(payload), Options(20, num_epochs=1, shuffle=False), schema, budget)
    batches = list(dataset)
    assert len(batches) == 3
    for start, batch in zip(range(0, ROWS, 20), batches, strict=True):
        parsed = tf.io.parse_example(encode_examples(rows.slice(start, 20)), feature_spec(schema))
        assert set(batch) == set(parsed)
        for name, wanted in parsed.items():
            assert_same(batch[name], wanted)


@pytest.mark.parametrize("budget", [1 << 30, TINY])
def test_every_epoch_is_another_permutation_of_all_rows(parquet, schema, budget):
    dataset = make_dataset(parquet, Options(ROWS, num_epochs=2, shuffle_seed=5), schema, budget)
    rows = [number for batch in numbers(dataset) for number in batch]
    assert sorted(rows) == sorted([*range(ROWS), *range(ROWS)])
    assert rows[:ROWS] != list(range(ROWS))
    assert rows[:ROWS] != rows[ROWS:]


def test_rows_of_all_files_mix_in_one_batch(parquet, schema):
    first = numbers(make_dataset(parquet, Options(20, shuffle_seed=1), schema).take(1))[0]
    assert {number // 20 for number in first} == {0, 1, 2}


@pytest.mark.parametrize("budget", [1 << 30, TINY])
def test_the_seed_decides_the_order(parquet, schema, budget):
    def order(seed):
        return numbers(make_dataset(parquet, Options(10, num_epochs=1, shuffle_seed=seed), schema, budget))

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_without_a_seed_numpys_decides(parquet, schema):
    def order():
        return numbers(make_dataset(parquet, Options(10, num_epochs=1), schema))

    np.random.seed(11)
    first, second = order(), order()
    np.random.seed(11)
    assert order() == first
    assert first != second


@pytest.mark.parametrize("budget", [1 << 30, TINY])
def test_batches_reach_over_epochs_and_only_the_last_is_short(parquet, schema, budget):
    sizes = [len(batch) for batch in numbers(make_dataset(parquet, Options(20, num_epochs=2), schema, budget))]
    assert sizes == [20, 20, 20, 20, 20, 6]
    whole = make_dataset(parquet, Options(20, num_epochs=2, drop_final_batch=True), schema, budget)
    assert [len(batch) for batch in numbers(whole)] == [20] * 5


def test_without_a_number_of_epochs_it_never_ends_even_for_batches_larger_than_the_data(parquet, schema):
    import tensorflow as tf

    dataset = make_dataset(parquet, Options(200), schema)
    assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY
    assert [len(batch) for batch in numbers(dataset.take(3))] == [200] * 3


def test_the_length_is_known_beforehand(parquet, schema):
    assert make_dataset(parquet, Options(20, num_epochs=1), schema).cardinality() == 3


def test_the_label_is_taken_out_of_the_features(parquet, schema):
    features, label = next(iter(make_dataset(parquet, Options(7, label_key="label"), schema)))
    assert "label" not in features
    np.testing.assert_array_equal(label.numpy(), features["number"].numpy().astype(int) % 2)


def test_tfx_bsls_own_options_are_taken(parquet, schema):
    from tfx_bsl.public.tfxio import TensorFlowDatasetOptions

    options = TensorFlowDatasetOptions(batch_size=9, num_epochs=1, shuffle=False, label_key="label")
    _, label = next(iter(make_dataset(parquet, options, schema)))
    assert label.shape == (9,)


def test_without_a_schema_columns_are_taken_as_they_are(tmp_path):
    pq.write_table(pa.table({"a": [1, 2], "w": ["x", "y"], "l": [[1.5], []]}), tmp_path / "x.parquet")
    batch = next(iter(make_dataset(f"{tmp_path}/*", Options(2, shuffle=False))))
    assert batch["a"].numpy().tolist() == [1, 2]
    assert batch["w"].numpy().tolist() == [b"x", b"y"]
    assert batch["l"].dense_shape.numpy().tolist() == [2, 1]


def test_an_unknown_label_is_named_with_the_features(parquet, schema):
    with pytest.raises(LabelUnknown, match="no feature 'lable' to use as the label: the features are column, label"):
        make_dataset(parquet, Options(7, label_key="lable"), schema)


def dense_schema(name, kind, **default):
    schema = schema_pb2.Schema()
    schema.feature.add(name=name, type=kind).presence.min_fraction = 1
    dense = schema.tensor_representation_group[""].tensor_representation[name].dense_tensor
    dense.column_name = name
    dense.shape.SetInParent()
    for field, value in default.items():
        setattr(dense.default_value, field, value)
    return schema


@pytest.fixture
def gaps(tmp_path):
    pq.write_table(pa.table({"x": pa.array([1.5, None, 2.5], pa.float32())}), tmp_path / "x.parquet")
    return f"{tmp_path}/*"


def test_missing_values_of_a_fixed_shape_are_counted_and_named(gaps):
    with pytest.raises(ValuesMissing, match="'x' has no value in 1 of 3 rows"):
        make_dataset(gaps, Options(3), dense_schema("x", schema_pb2.FLOAT))


def test_missing_values_take_the_schemas_default(gaps):
    schema = dense_schema("x", schema_pb2.FLOAT, float_value=-1.0)
    batch = next(iter(make_dataset(gaps, Options(3, shuffle=False), schema)))
    assert batch["x"].numpy().tolist() == [1.5, -1.0, 2.5]


def test_a_column_of_another_type_is_named(gaps):
    with pytest.raises(ColumnUnfit, match="'x' is float in the examples but int64 in the schema"):
        make_dataset(gaps, Options(3), dense_schema("x", schema_pb2.INT))


def test_several_values_where_one_is_wanted_are_named(tmp_path):
    pq.write_table(pa.table({"x": [[1, 2], [3]]}), tmp_path / "x.parquet")
    with pytest.raises(ColumnUnfit, match=r"'x' is of up to 2 values a row in the examples but of shape \[\]"):
        make_dataset(f"{tmp_path}/*", Options(3), dense_schema("x", schema_pb2.INT))


def test_no_rows_at_all_are_an_error_and_not_an_endless_wait(tmp_path):
    pq.write_table(pa.table({"x": pa.array([], pa.float32())}), tmp_path / "x.parquet")
    with pytest.raises(NoRows, match="have no rows"):
        make_dataset(f"{tmp_path}/*", Options(3), dense_schema("x", schema_pb2.FLOAT))


def test_a_schema_that_contradicts_itself_is_quoted():
    schema = schema_pb2.Schema()
    schema.feature.add(name="x", type=schema_pb2.FLOAT).shape.SetInParent()
    with pytest.raises(UnusableSchema, match="Feature x had shape"):
        feature_spec(schema)
