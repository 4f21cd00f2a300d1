"""TensorFlow Serving's own first model, asked as its documentation asks."""

import asyncio

import pytest

pytestmark = pytest.mark.tensorflow

MODEL = "/v1/models/half_plus_two"


@pytest.fixture(scope="module")
def half_plus_two(tmp_path_factory):
    """y = x / 2 + 2, as TensorFlow Serving's test data have it: the input is no placeholder, but what was parsed."""
    import tensorflow as tf
    from tensorflow.compat import v1

    folder = tmp_path_factory.mktemp("half_plus_two") / "123"
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, [None], name="tf_example")
        features = tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([1], tf.float32)})
        x = tf.identity(features["x"], name="x")
        half = v1.get_variable("half", initializer=0.5)
        y = tf.identity(half * x + 2.0, name="y")
        session.run(v1.global_variables_initializer())

        def signature(inputs, outputs, method):
            described = [
                {name: v1.saved_model.build_tensor_info(t) for name, t in ts.items()} for ts in (inputs, outputs)
            ]
            return v1.saved_model.build_signature_def(*described, f"tensorflow/serving/{method}")

        signatures = {
            "serving_default": signature({"x": x}, {"y": y}, "predict"),
            "regress_x_to_y": signature({"inputs": examples}, {"outputs": y}, "regress"),
            "classify_x_to_y": signature({"inputs": examples}, {"scores": y}, "classify"),
        }
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures)
        builder.save()
    return folder


@pytest.fixture(scope="module")
def asking(half_plus_two, rest_server):
    from shipway.serving.runtimes.tensorflow import TensorFlowRuntime

    model = TensorFlowRuntime().load(half_plus_two)

    def ask(method, path, body=b"", **options):
        async def scenario():
            rest = rest_server(**options)
            servable = rest.serve("half_plus_two", 123, model)
            got = await rest.ask(method, path, body)
            while any(not batcher.is_idle for batcher in servable._batchers.values()):
                await asyncio.sleep(0.01)
            return got

        return asyncio.run(scenario())

    yield ask
    model.close()


def test_the_first_example_of_the_documentation(asking):
    got = asking("POST", f"{MODEL}:predict", {"instances": [1.0, 2.0, 5.0]})
    assert got.json == {"predictions": [2.5, 3.0, 4.5]}


def test_predictions(asking):
    assert asking("POST", f"{MODEL}:predict", {"instances": [[1.0], [2.0]]}).json == {"predictions": [[2.5], [3.0]]}
    assert asking("POST", f"{MODEL}:predict", {"instances": [{"x": [3]}]}).json == {"predictions": [[3.5]]}
    named = {"signature_name": "serving_default", "inputs": [3.0, 4.0]}
    assert asking("POST", f"{MODEL}/versions/123:predict", named).json == {"outputs": [3.5, 4.0]}


def test_regress_and_classify(asking):
    body = {"signature_name": "regress_x_to_y", "examples": [{"x": 80.0}]}
    assert asking("POST", f"{MODEL}:regress", body).json == {"results": [42.0]}
    body = {"signature_name": "classify_x_to_y", "examples": [{"x": 20.0}, {"x": 10.0}]}
    assert asking("POST", f"{MODEL}:classify", body).json == {"results": [[["", 12.0]], [["", 7.0]]]}
    body = {"signature_name": "regress_x_to_y", "context": {"x": 80.0}, "examples": [{}, {"x": 2.0}]}
    assert asking("POST", f"{MODEL}:regress", body).json == {"results": [42.0, 3.0]}


def test_what_the_model_refuses_is_the_callers_fault(asking):
    for features in ({}, {"x": 1}, {"x": [1.0, 2.0]}):
        got = asking("POST", f"{MODEL}:regress", {"signature_name": "regress_x_to_y", "examples": [features]})
        assert (got.status, "x" in got.error) == (400, True)
    got = asking("POST", f"{MODEL}:predict", {"signature_name": "regress_x_to_y", "instances": [{"b64": "YQ=="}]})
    assert (got.status, "Could not parse example input" in got.error) == (400, True)


def test_metadata_has_the_tensors_names(asking):
    got = asking("GET", f"{MODEL}/metadata").json
    assert got["model_spec"] == {"name": "half_plus_two", "signature_name": "", "version": "123"}
    signatures = got["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["x"] == {
        "dtype": "DT_FLOAT",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}, {"size": "1", "name": ""}], "unknown_rank": False},
        "name": "x:0",
    }
    assert signatures["regress_x_to_y"]["method_name"] == "tensorflow/serving/regress"
    assert signatures["classify_x_to_y"]["inputs"]["inputs"]["dtype"] == "DT_STRING"


def test_v2_takes_the_shape_that_the_signature_has(asking):
    tensor = {"name": "x", "datatype": "FP32", "shape": [2, 1], "data": [1, 2]}
    (output,) = asking("POST", "/v2/models/half_plus_two/infer", {"inputs": [tensor]}).json["outputs"]
    assert output == {"name": "y", "datatype": "FP32", "shape": [2, 1], "data": [2.5, 3.0]}
