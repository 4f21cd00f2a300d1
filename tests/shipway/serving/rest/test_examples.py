"""Classify and regress over REST."""

import pytest

pytestmark = pytest.mark.tensorflow

CLASSIFY, REGRESS = "/v1/models/text:classify", "/v1/models/text:regress"


def examples(*given, signature="classify", **more):
    return {"signature_name": signature, "examples": list(given), **more}


def decoded(features):
    from tensorflow.core.example.example_pb2 import Example

    from shipway.serving.rest.example_json import serialized_example

    return Example.FromString(serialized_example(features)).features.feature


def test_classes_come_with_their_scores(ask):
    got = ask("POST", CLASSIFY, examples({}, {"x": 1}))
    assert got.json == {"results": [[["short", 0.0], ["long", 0.1]], [["short", 0.0], ["long", 14.1]]]}
    assert len(got.headers["x-tracking-id"]) == 24


def test_regressions_are_numbers(ask):
    for where in ("", "/versions/7"):
        got = ask("POST", f"/v1/models/text{where}:regress", examples({}, {"x": 1}, signature="regress"))
        assert got.body == b'{"results":[0.0,14.0]}'


def test_the_context_is_under_every_example(ask):
    got = ask("POST", REGRESS, examples({}, {"x": 1}, signature="regress", context={"x": 2}))
    assert got.json == {"results": [14.0, 28.0]}


def test_features_are_of_the_kind_of_their_values():
    got = decoded({"i": [1, -2], "t": True, "f": 0.5, "s": "é", "b": [{"b64": "/w=="}, "t"], "empty": []})
    assert list(got["i"].int64_list.value) == [1, -2]
    assert list(got["t"].int64_list.value) == [1]
    assert list(got["f"].float_list.value) == [0.5]
    assert list(got["s"].bytes_list.value) == ["é".encode()]
    assert list(got["b"].bytes_list.value) == [b"\xff", b"t"]
    assert got["empty"].WhichOneof("kind") is None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"signature_name": "classify"}, "The key 'examples' is expected and was not found"),
        (examples(), "'examples' value is an empty array"),
        ({"signature_name": "classify", "examples": {"x": 1}}, "Expecting 'examples' value to be a list"),
        (examples(1), "Example must be JSON object but got JSON Number: 1."),
        (examples({}, context=[]), "Example must be JSON object but got JSON Array"),
        (examples({"x": None}), "Feature: x has element with unexpected JSON type: Null"),
        (examples({"x": [[1]]}), "Feature: x has element with unexpected JSON type: Array"),
        (examples({"x": {"y": 1}}), "Feature: x has element with unexpected JSON type: Object"),
        (examples({"x": [1, 2.5]}), "Unexpected element type in feature: x expecting type: int64"),
        (examples({"x": ["a", 1]}), "Unexpected element type in feature: x expecting type: bytes"),
        (examples({"x": 2**63}), "Feature: x has uint64_t element"),
        (examples({"x": {"b64": "?"}}), "Unable to base64 decode"),
        (examples({}, signature=5), "'signature_name' key must be a string value"),
        (examples({}, signature="no"), 'Serving signature name: "no" not found'),
        (examples({}, signature="serving_default"), "No classification inputs found in SignatureDef"),
        (examples({}, signature="regress"), "at least one of 'classes' or 'scores'"),
        (b"{", "JSON Parse error"),
    ],
)
def test_bad_requests_are_answered_as_tensorflow_serving_answers(ask, body, sentence):
    got = ask("POST", CLASSIFY, body)
    assert got.status == 400
    assert sentence in got.error


def test_a_signature_that_does_not_regress_is_told(ask):
    got = ask("POST", REGRESS, examples({}, signature="classify"))
    assert (got.status, "Expected one output Tensor" in got.error) == (400, True)
