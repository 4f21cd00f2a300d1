"""What calls become on the way to the server."""

import json
import math

import numpy as np
import pytest

from shipway.client import BadRequest, Client
from shipway.client.requests import Endpoint, to_json

ENDPOINT = Endpoint.of("http://server:8501/", "flights/eu")
ROWS = [{"x": 1.5}]


@pytest.mark.parametrize(
    ("version", "label", "path"),
    [(None, None, ""), (7, None, "/versions/7"), (None, "ca nary", "/labels/ca%20nary")],
)
def test_a_version_or_a_label_is_in_the_path(version, label, path):
    request = ENDPOINT.predict(ROWS, "serving_default", version, label, None)
    assert (request.method, request.url) == ("POST", f"http://server:8501/v1/models/flights%2Feu{path}:predict")
    assert ENDPOINT.metadata(version, label).url == f"http://server:8501/v1/models/flights%2Feu{path}/metadata"


def test_rows_are_instances_and_columns_inputs():
    rows = json.loads(ENDPOINT.predict(ROWS, "s", None, None, None).body)
    columns = json.loads(ENDPOINT.predict({"x": [1.5]}, "s", None, None, None).body)
    assert rows == {"signature_name": "s", "instances": [{"x": 1.5}]}
    assert columns == {"signature_name": "s", "inputs": {"x": [1.5]}}


def test_the_tracking_id_is_a_header_only_where_there_is_one():
    assert "x-tracking-id" not in ENDPOINT.predict(ROWS, "s", None, None, None).headers
    assert ENDPOINT.predict(ROWS, "s", None, None, "t-1").headers["x-tracking-id"] == "t-1"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(-3), -3),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([b"a", "b"], object), [{"b64": "YQ=="}, "b"]),
        (np.bytes_(b"\xff"), {"b64": "/w=="}),
        (b"\xff\x00", {"b64": "/wA="}),
        ((1, 2), [1, 2]),
        (range(2), [0, 1]),
        ("é", "é"),
    ],
)
def test_values_of_numpy_and_bytes_are_sent_as_the_api_has_them(value, sent):
    assert json.loads(to_json({"x": value})) == {"x": sent}


def test_nan_and_infinities_are_sent_as_the_server_takes_them():
    sent = json.loads(to_json({"x": [math.nan, np.float32("inf"), -math.inf]}))["x"]
    assert math.isnan(sent[0])
    assert sent[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: Client("server:8501", "m"),
            "'server:8501' is no address of a server: give one such as http://localhost:8501.",
        ),
        (
            lambda: Client("http://server:8501", ""),
            "No model is named for the server http://server:8501: give the name under which it is served.",
        ),
        (
            lambda: ENDPOINT.predict(ROWS, "s", 7, "canary", None),
            "Both the version 7 and the label 'canary' are given: leave one of them out.",
        ),
        (
            lambda: to_json({"x": object()}),
            "A value of type object cannot be sent: give numbers, text, bytes, lists or numpy arrays.",
        ),
    ],
    ids=["url", "model", "two versions", "value"],
)
def test_a_call_that_cannot_be_meant(call, sentence):
    with pytest.raises(BadRequest) as error:
        call()
    assert str(error.value) == sentence
