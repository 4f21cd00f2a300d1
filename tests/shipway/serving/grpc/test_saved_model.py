"""A SavedModel of TensorFlow behind gRPC: predicted with, classified and regressed."""

import pytest

from shipway.serving.batching.rules import BatchingRules
from shipway.serving.servable import Servable, ServedModel

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    """`classes` says which of `small` and `large` the feature `x` is; `outputs` and `y` are `x` + 1."""
    import tensorflow as tf

    class Net(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "inputs")])
        def classify(self, inputs):
            x = self.parsed(inputs)
            names = tf.repeat(tf.constant([["small", "large"]]), tf.shape(x)[0], axis=0)
            return {"classes": names, "scores": tf.concat([10 - x, x], axis=1)}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "inputs")])
        def regress(self, inputs):
            return {"outputs": self.parsed(inputs) + 1}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x"), tf.TensorSpec([None], tf.string, "s")])
        def predict(self, x, s):
            return {"y": x + 1, "s": tf.strings.upper(s)}

        @staticmethod
        def parsed(inputs):
            return tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([1], tf.float32)})["x"]

    net, path = Net(), tmp_path_factory.mktemp("model")
    signatures = {"serving_default": net.predict, "classify": net.classify, "regress": net.regress}
    tf.saved_model.save(
        net, str(path), signatures={name: fn.get_concrete_function() for name, fn in signatures.items()}
    )
    return path


@pytest.fixture(scope="module", autouse=True)
def served(running, saved_model):
    from shipway.serving.runtimes.tensorflow import TensorFlowRuntime

    model = TensorFlowRuntime().load(saved_model)
    net = ServedModel("net")
    running.in_loop(lambda: net.publish(Servable("net", 1, model, BatchingRules(), running.loop, running.plane.ran)))
    running.catalog.models["net"] = net
    yield
    del running.catalog.models["net"]
    model.close()


def example(value):
    from tensorflow.core.example.example_pb2 import Example

    made = Example()
    if value is not None:
        made.features.feature["x"].float_list.value.append(value)
    return made


def test_it_predicts(prediction):
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    request = PredictRequest()
    request.model_spec.name = "net"
    for name, values in {"x": tf.constant([1.5, 2.5]), "s": tf.constant(["a", "b"])}.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    outputs = prediction.Predict(request).outputs
    assert tf.make_ndarray(outputs["y"]).tolist() == [2.5, 3.5]
    assert tf.make_ndarray(outputs["s"]).tolist() == [b"A", b"B"]
    request.inputs["x"].tensor_content = request.inputs["x"].tensor_content[:4]
    request.inputs["x"].tensor_shape.dim[0].size = 1
    request.inputs["s"].tensor_shape.dim[0].size = 1
    del request.inputs["s"].string_val[1:]
    assert tf.make_ndarray(prediction.Predict(request).outputs["y"]).tolist() == [2.5]


def test_it_classifies_and_regresses(prediction):
    from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
    from tensorflow_serving.apis.regression_pb2 import RegressionRequest

    request = ClassificationRequest()
    request.model_spec.name, request.model_spec.signature_name = "net", "classify"
    request.input.example_list.examples.extend([example(2), example(9)])
    got = prediction.Classify(request).result.classifications
    assert [[(one.label, one.score) for one in each.classes] for each in got] == [
        [("small", 8.0), ("large", 2.0)],
        [("small", 1.0), ("large", 9.0)],
    ]
    request = RegressionRequest()
    request.model_spec.name, request.model_spec.signature_name = "net", "regress"
    request.input.example_list_with_context.context.CopyFrom(example(5))
    request.input.example_list_with_context.examples.extend([example(None), example(2)])
    assert [one.value for one in prediction.Regress(request).result.regressions] == [6.0, 3.0]


def test_examples_that_the_model_cannot_read_are_the_callers_fault(prediction, refused):
    from tensorflow_serving.apis.regression_pb2 import RegressionRequest

    request = RegressionRequest()
    request.model_spec.name, request.model_spec.signature_name = "net", "regress"
    request.input.example_list.examples.append(example(None))
    code, details = refused(prediction.Regress, request)
    assert (code, "x" in details) == ("INVALID_ARGUMENT", True), details


def test_its_signatures_name_the_graphs_tensors(prediction):
    from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap

    request = GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "net"
    described = SignatureDefMap()
    prediction.GetModelMetadata(request).metadata["signature_def"].Unpack(described)
    definition = described.signature_def["classify"]
    assert definition.method_name == "tensorflow/serving/predict"
    assert definition.inputs["inputs"].name == "classify_inputs:0"
