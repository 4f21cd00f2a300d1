"""The transform graph as training code and exported models call it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from shipway.data.examples import read_table

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def graph(transformed: dict[str, Any]) -> Any:
    from shipway_components.transform.graph import apply_transform_graph

    return apply_transform_graph(transformed["transform_graph"].path)


@pytest.fixture
def raw(raw_rows: dict[str, pa.RecordBatch]) -> dict[str, np.ndarray]:
    """Raw features of the eval split without the label, dense, with "" and NaN where a value is missing."""
    batch = raw_rows["eval"]
    return {
        "amount": pc.fill_null(batch["amount"], np.nan).to_numpy(),
        "word": np.array(pc.fill_null(batch["word"], "").to_pylist()),
        "text": np.array(batch["text"].to_pylist()),
    }


def test_named_dense_features_give_what_the_step_wrote(
    graph: Any, raw: dict[str, np.ndarray], transformed: dict[str, Any]
) -> None:
    found = graph(raw)

    expected = read_table(transformed["transformed_examples"], "eval")
    for name in ("z_score", "bucket", "word_index", "second_phase"):
        np.testing.assert_allclose(found[name].numpy(), expected[name].to_numpy(), atol=1e-6)
    assert "label" not in found


def test_output_that_needs_the_label_comes_with_the_label(graph: Any, raw: dict[str, np.ndarray]) -> None:
    label = np.arange(len(raw["amount"])) % 2

    assert graph(raw | {"label": label})["label"].numpy().tolist() == label.tolist()


def test_inputs_are_described(graph: Any) -> None:
    import tensorflow as tf

    assert graph.input_names == ["amount", "count", "label", "ragged", "text", "word"]
    assert graph.inputs_of(["label"]) == ["label"]
    assert graph.inputs_of(["z_score", "bucket"]) == ["amount"]
    assert graph.input_spec("amount") == tf.SparseTensorSpec([None, None], tf.float32)
    assert graph.input_spec("label") == tf.TensorSpec([None], tf.int64)


def test_exported_with_keras_3_it_serves_in_a_session(
    graph: Any, raw: dict[str, np.ndarray], transformed: dict[str, Any], tmp_path: Path
) -> None:
    import keras
    import tensorflow as tf

    assert keras.version().startswith("3.")
    archive = keras.export.ExportArchive()
    archive.track(graph)
    specs = {name: tf.TensorSpec([None], tf.as_dtype(graph.input_spec(name).dtype), name) for name in raw}
    archive.add_endpoint("serving_default", lambda features: {"z": graph(features)["z_score"]}, [specs])
    archive.write_out(str(tmp_path / "model"), verbose=False)

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(tmp_path / "model"))
        signature = loaded.signature_def["serving_default"]
        feeds = {signature.inputs[name].name: raw[name] for name in raw}
        (found,) = session.run([output.name for output in signature.outputs.values()], feeds)
    expected = read_table(transformed["transformed_examples"], "eval")["z_score"].to_numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_unknown_raw_feature_is_named(graph: Any) -> None:
    from shipway_components.transform.graph import UnknownRawFeature

    with pytest.raises(UnknownRawFeature, match=r"does not read 'price': it reads amount, count, label"):
        graph({"price": [1.0]})


def test_folder_without_a_graph_is_named(tmp_path: Path) -> None:
    from shipway_components.transform.graph import NoTransformGraph, apply_transform_graph

    with pytest.raises(NoTransformGraph, match="No transform graph in"):
        apply_transform_graph(tmp_path)
