"""Two tiny real models and the examples that they are judged on."""

import numpy as np
import pyarrow as pa
import pytest

from shipway.artifacts import Examples, Model
from shipway.data.examples import ExamplesWriter

ROWS = 240


@pytest.fixture(scope="session")
def flights():
    """240 rows: a measure x that says something about the label y, a carrier and an hour to slice by, a weight."""
    random = np.random.default_rng(1)
    x = random.normal(size=ROWS).astype(np.float32)
    labels = (x + random.normal(size=ROWS) > 0).astype(np.int64).tolist()
    carriers = random.choice(["AA", "UA", "WN"], ROWS, p=[0.6, 0.3, 0.1]).tolist()
    return pa.table(
        {
            "x": x,
            "carrier": [None if row % 40 == 0 else carrier for row, carrier in enumerate(carriers)],
            "hour": random.integers(0, 4, ROWS),
            "weight": random.uniform(0.5, 2.0, ROWS).astype(np.float32),
            "y": labels,
        }
    )


@pytest.fixture(scope="session")
def examples(flights, tmp_path_factory):
    made = Examples(str(tmp_path_factory.mktemp("examples")))
    with ExamplesWriter(made, "eval") as writer:
        for batch in flights.to_batches(max_chunksize=100):
            writer.write(batch)
    made.split_names = ["eval"]
    return made


@pytest.fixture(scope="session")
def make_model(tmp_path_factory):
    """A model that says sigmoid(slope * x), from serialized tf.Examples and from named features."""
    import tensorflow as tf

    def make(slope):
        class Sigmoid(tf.Module):
            def __init__(self):
                super().__init__()
                self.slope = tf.Variable(slope, dtype=tf.float32)

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
            def from_examples(self, examples):
                parsed = tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([1], tf.float32)})
                return {"outputs": tf.sigmoid(parsed["x"] * self.slope)}

            @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32, name="x")])
            def from_features(self, x):
                return {"outputs": tf.sigmoid(x * self.slope)}

        model = Model(str(tmp_path_factory.mktemp("model")))
        module = Sigmoid()
        signatures = {"serving_default": module.from_examples, "predict_features": module.from_features}
        tf.saved_model.save(module, str(model.serving_path), signatures=signatures)
        return model

    return make


@pytest.fixture(scope="session")
def good_model(make_model):
    return make_model(1.5)


@pytest.fixture(scope="session")
def poor_model(make_model):
    return make_model(-0.2)
