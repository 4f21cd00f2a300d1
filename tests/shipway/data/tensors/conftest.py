"""One small split with every kind of feature, as Parquet and as TFRecord."""

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import FORMAT_TF_EXAMPLE, Examples
from shipway.data.examples import ExamplesWriter

ROWS = 53

SCHEMA = """
feature { name: "number" type: FLOAT shape {} presence { min_fraction: 1 } }
feature { name: "label" type: INT shape {} presence { min_fraction: 1 } }
feature { name: "column" type: INT shape { dim { size: 1 } } presence { min_fraction: 1 } }
feature { name: "pair" type: FLOAT shape { dim { size: 2 } } presence { min_fraction: 1 } }
feature { name: "word" type: BYTES shape {} presence { min_fraction: 1 } }
feature { name: "maybe" type: FLOAT }
feature { name: "tags" type: BYTES }
feature { name: "steps" type: INT }
feature { name: "at" type: INT int_domain { min: 0 max: 9 } }
feature { name: "weight" type: FLOAT }
sparse_feature { name: "sparse" index_feature { name: "at" } value_feature { name: "weight" } is_sorted: true }
tensor_representation_group {
  key: ""
  value {
    tensor_representation { key: "steps" value { ragged_tensor { feature_path { step: "steps" } } } }
  }
}
"""


@pytest.fixture(scope="session")
def schema():
    return text_format.Parse(SCHEMA, schema_pb2.Schema())


@pytest.fixture(scope="session")
def rows():
    """`number` is the row's own number, so that a row is known again after shuffling."""
    random = np.random.default_rng(3)
    lengths = random.integers(0, 4, ROWS)
    columns = {
        "number": pa.array(np.arange(ROWS, dtype=np.float32)),
        "label": pa.array(np.arange(ROWS) % 2),
        "column": pa.array(np.arange(ROWS) * 3),
        "pair": pa.array([[i + 0.25, -i] for i in range(ROWS)], pa.list_(pa.float32())),
        "word": pa.array([f"wörd {i % 5}" for i in range(ROWS)]),
        "maybe": pa.array([None if i % 3 == 0 else i / 2 for i in range(ROWS)], pa.float32()),
        "tags": pa.array([[f"t{j}" for j in range(n)] for n in lengths]),
        "steps": pa.array([list(range(n)) for n in lengths[::-1]], pa.list_(pa.int64())),
        "at": pa.array([sorted(random.choice(10, n, replace=False).tolist()) for n in lengths], pa.list_(pa.int64())),
        "weight": pa.array([random.random(n).tolist() for n in lengths], pa.list_(pa.float32())),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


@pytest.fixture(scope="session")
def parquet(tmp_path_factory, rows):
    return _written(Examples(str(tmp_path_factory.mktemp("parquet"))), rows)


@pytest.fixture(scope="session")
def records(tmp_path_factory, rows):
    examples = Examples(str(tmp_path_factory.mktemp("records")))
    examples.payload_format = FORMAT_TF_EXAMPLE
    return _written(examples, rows)


def _written(examples, rows):
    with ExamplesWriter(examples, "train", rows_per_file=20) as writer:
        for start in range(0, ROWS, 10):
            writer.write(rows.slice(start, 10))
    return str(examples.split_path("train") / "*")
