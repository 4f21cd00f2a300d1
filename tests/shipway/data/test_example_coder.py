import subprocess
import sys

import pyarrow as pa

from shipway.data.example_coder import decode_examples, decoding_schema, encode_examples

BATCH = pa.record_batch(
    [pa.array([1, None]), pa.array(["a", "é"]), pa.array([[0.5, 1.5], None], pa.list_(pa.float32())), pa.nulls(2)],
    names=["i", "s", "l", "n"],
)


def test_examples_come_back_as_lists_in_the_order_of_names():
    decoded = decode_examples(encode_examples(BATCH))
    assert decoded.schema.names == ["i", "l", "n", "s"]
    assert decoded.to_pydict() == {
        "i": [[1], None],
        "l": [[0.5, 1.5], None],
        "n": [None, None],
        "s": [[b"a"], ["é".encode()]],
    }


def test_with_a_schema_only_its_features_come():
    schema = decoding_schema(pa.schema([("s", pa.string()), ("i", pa.int64()), ("absent", pa.float32())]))
    decoded = decode_examples(encode_examples(BATCH), schema)
    assert decoded.to_pydict() == {"s": [[b"a"], ["é".encode()]], "i": [[1], None], "absent": [None, None]}


def test_a_batch_of_no_rows():
    assert encode_examples(BATCH.slice(0, 0)) == []


def test_neither_tensorflow_nor_beam_is_imported():
    code = (
        "import sys, numpy, pyarrow as pa; from shipway.data.example_coder import *;"
        "batch = pa.RecordBatch.from_arrays([pa.array(numpy.arange(3))], ['a']);"
        "decode_examples(encode_examples(batch));"
        "sys.exit(bool({'tensorflow', 'apache_beam'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
