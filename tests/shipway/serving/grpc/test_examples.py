"""Classify, Regress and MultiInference by TensorFlow Serving's own client."""

import pytest

pytestmark = pytest.mark.tensorflow

CLASSIFY, REGRESS = "tensorflow/serving/classify", "tensorflow/serving/regress"


def example(**features):
    from tensorflow.core.example.example_pb2 import Example

    made = Example()
    for name, value in features.items():
        made.features.feature[name].bytes_list.value.append(value)
    return made


def request(kind, signature, examples, context=None, **spec):
    made = kind()
    made.model_spec.name, made.model_spec.signature_name = spec.get("name", "m"), signature
    if context is None:
        made.input.example_list.examples.extend(examples)
    else:
        made.input.example_list_with_context.examples.extend(examples)
        made.input.example_list_with_context.context.CopyFrom(context)
    return made


def classification(*examples, signature="classify", **keywords):
    from tensorflow_serving.apis.classification_pb2 import ClassificationRequest

    return request(ClassificationRequest, signature, examples, **keywords)


def regression(*examples, signature="regress", **keywords):
    from tensorflow_serving.apis.regression_pb2 import RegressionRequest

    return request(RegressionRequest, signature, examples, **keywords)


def multi(tasks, *examples):
    from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest

    made = MultiInferenceRequest()
    made.input.example_list.examples.extend(examples)
    for model, signature, method in tasks:
        task = made.tasks.add(method_name=method)
        task.model_spec.name, task.model_spec.signature_name = model, signature
    return made


def test_classes_and_scores_come_for_each_example(prediction):
    one, two = example(a=b"x"), example(a=b"xyz")
    response = prediction.Classify(classification(one, two))
    spec = response.model_spec
    assert (spec.name, spec.signature_name, spec.version.value) == ("m", "classify", 2)
    got = [[(c.label, c.score) for c in each.classes] for each in response.result.classifications]
    assert got == [[("short", 0.0), ("long", len(e.SerializeToString()) + 0.5)] for e in (one, two)]


def test_values_come_for_each_example(prediction):
    one, two = example(a=b"x"), example(a=b"xyz")
    response = prediction.Regress(regression(one, two))
    assert [r.value for r in response.result.regressions] == [len(e.SerializeToString()) for e in (one, two)]
    assert response.model_spec.signature_name == "regress"


def test_the_context_lies_beneath_each_example(prediction):
    context, one = example(b=b"context"), example(a=b"x")
    response = prediction.Regress(regression(one, context=context))
    length = len(context.SerializeToString()) + len(one.SerializeToString())
    assert [r.value for r in response.result.regressions] == [length]


def test_several_tasks_are_done_on_the_same_examples(prediction):
    one = example(a=b"x")
    response = prediction.MultiInference(multi([("m", "classify", CLASSIFY), ("m", "regress", REGRESS)], one))
    first, second = response.results
    assert first.classification_result.classifications[0].classes[0].label == "short"
    assert second.regression_result.regressions[0].value == len(one.SerializeToString())
    assert [(r.model_spec.signature_name, r.model_spec.version.value) for r in response.results] == [
        ("classify", 2),
        ("regress", 2),
    ]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: classification(), "Input is empty"),
        (lambda: regression(context=example(a=b"x")), "Input is empty"),
        (lambda: classification(example(), signature="no"), '"no" not found in signature def'),
        (lambda: classification(example(), signature="regress"), "at least one of 'classes' or 'scores'"),
        (lambda: classification(example(), signature=""), "Expected one input Tensor: 'serving_default' takes a, b."),
        (lambda: classification(example(), name=""), "ModelSpec has no name specified"),
    ],
)
def test_what_cannot_be_classified_or_regressed_is_told(prediction, refused, make, sentence):
    asked = make()
    method = prediction.Classify if asked.DESCRIPTOR.name == "ClassificationRequest" else prediction.Regress
    code, details = refused(method, asked)
    assert (code, sentence in details) == ("INVALID_ARGUMENT", True), details


@pytest.mark.parametrize(
    ("tasks", "code", "sentence"),
    [
        ([], "INVALID_ARGUMENT", "ModelSpec has no name specified"),
        ([("m", "classify", CLASSIFY), ("", "regress", REGRESS)], "INVALID_ARGUMENT", "an empty model name"),
        ([("m", "classify", CLASSIFY), ("n", "regress", REGRESS)], "INVALID_ARGUMENT", "'n' is not 'm'"),
        ([("m", "classify", CLASSIFY)] * 2, "INVALID_ARGUMENT", "Duplicate evaluation of signature: classify"),
        ([("m", "classify", "")], "UNIMPLEMENTED", "Unsupported signature method_name: empty"),
        ([("m", "no", CLASSIFY)], "INVALID_ARGUMENT", '"no" not found'),
        ([("no", "classify", CLASSIFY)], "NOT_FOUND", "Latest(no)"),
    ],
)
def test_tasks_that_cannot_be_done_are_told(prediction, refused, tasks, code, sentence):
    got, details = refused(prediction.MultiInference, multi(tasks, example(a=b"x")))
    assert (got, sentence in details) == (code, True), details
