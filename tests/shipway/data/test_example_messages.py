"""tf.Examples by a message of our own: the same as tfx_bsl's in both directions."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.data import example_coder
from shipway.data.example_messages import decode_rows, encode_rows

INTEGERS = st.integers(-(2**63), 2**63 - 1)
LISTS = {
    "i": (pa.large_list(pa.int64()), INTEGERS),
    "f": (pa.large_list(pa.float32()), st.floats(width=32, allow_nan=False)),
    "s": (pa.large_list(pa.large_binary()), st.binary(max_size=5)),
}


@st.composite
def batches(draw):
    rows = draw(st.integers(1, 4))
    columns = {}
    for name, (kind, values) in LISTS.items():
        lists = st.lists(st.none() | st.lists(values, max_size=3), min_size=rows, max_size=rows)
        columns[name] = pa.array(draw(lists), kind)
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def schema_of(*features):
    schema = schema_pb2.Schema()
    for name, kind in features:
        schema.feature.add(name=name, type=kind)
    return schema


@given(batches())
def test_rows_are_encoded_as_tfx_bsl_encodes_them(batch):
    ours, theirs = encode_rows(batch), example_coder.encode_examples(batch)
    assert decode_rows(ours) == decode_rows(theirs)
    assert example_coder.decode_examples(ours) == example_coder.decode_examples(theirs)


@given(batches())
def test_examples_are_decoded_as_tfx_bsl_decodes_them(batch):
    serialized = example_coder.encode_examples(batch)
    assert decode_rows(serialized) == example_coder.decode_examples(serialized)
    schema = schema_of(("s", schema_pb2.BYTES), ("f", schema_pb2.FLOAT), ("i", schema_pb2.INT))
    assert decode_rows(serialized, schema) == example_coder.decode_examples(serialized, schema)


def test_a_column_without_values_is_a_feature_without_any():
    batch = pa.RecordBatch.from_arrays([pa.nulls(2), pa.array([[1], [2]], pa.large_list(pa.int64()))], names=["n", "i"])
    ours, theirs = encode_rows(batch), example_coder.encode_examples(batch)
    assert decode_rows(ours) == example_coder.decode_examples(theirs)


def test_an_image_without_tfx_bsl_encodes_and_decodes_all_the_same(monkeypatch):
    batch = pa.RecordBatch.from_pydict({"i": pa.array([[1], [2]]), "s": pa.array([["a"], []])})
    serialized = example_coder.encode_examples(batch)
    columns = example_coder.decode_examples(serialized)
    for module in ("tfx_bsl", "tfx_bsl.coders", "tfx_bsl.coders.example_coder"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    assert decode_rows(example_coder.encode_examples(batch)) == decode_rows(serialized)
    assert example_coder.decode_examples(serialized) == columns


def test_what_is_no_example_is_refused():
    with pytest.raises(Exception, match="rror"):
        decode_rows([b"\xff\xff"])
