"""Inference by the Open Inference Protocol, in JSON and in binary."""

import asyncio

import numpy as np
import orjson
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.open_inference.raw_tensors import read_raw, write_raw

PATH = "/v2/models/m/infer"
LENGTH = "inference-header-content-length"
NAME = {"name": "name", "datatype": "BYTES", "shape": [2], "data": ["n", "é"]}
X = {"name": "x", "datatype": "FP32", "shape": [2], "data": [1.5, 2]}
GOOD = {"inputs": [NAME, X]}
DOUBLED = {"name": "doubled", "datatype": "FP32", "shape": [2], "data": [3.0, 4.0]}
ECHO = {"name": "echo", "datatype": "BYTES", "shape": [2], "data": ["n", "é"]}


def sums(data, shape, datatype="INT64"):
    values = {"name": "values", "datatype": datatype, "shape": shape, "data": data}
    return {"parameters": {"signature_name": "sums"}, "inputs": [values]}


def test_an_inference_in_json(ask):
    got = ask("POST", PATH, {"id": "mine", **GOOD})
    assert (got.status, got.headers["content-type"]) == (200, "application/json")
    assert got.json == {"model_name": "m", "model_version": "2", "id": "mine", "outputs": [DOUBLED, ECHO]}
    assert ask("POST", "/v2/models/m/versions/1/infer", GOOD).json["model_version"] == "1"


def test_the_id_is_the_tracking_id_where_no_header_has_one(ask):
    got = ask("POST", PATH, {"id": "mine", **GOOD})
    assert got.headers["x-tracking-id"] == "mine"
    got = ask("POST", PATH, {"id": "mine", **GOOD}, {"x-tracking-id": "header"})
    assert (got.json["id"], got.headers["x-tracking-id"]) == ("mine", "header")
    got = ask("POST", PATH, GOOD)
    assert got.json["id"] == got.headers["x-tracking-id"]
    for hostile in ("a\r\nset-cookie: x", "é", "x" * 300):
        got = ask("POST", PATH, {"id": hostile, **GOOD})
        assert got.json["id"] == hostile
        assert len(got.headers["x-tracking-id"]) == 24


def test_outputs_are_chosen_and_ordered(ask):
    assert ask("POST", PATH, {**GOOD, "outputs": [{"name": "echo"}]}).json["outputs"] == [ECHO]
    asked = [{"name": "echo"}, {"name": "doubled", "parameters": {}}]
    assert ask("POST", PATH, {**GOOD, "outputs": asked}).json["outputs"] == [ECHO, DOUBLED]
    assert ask("POST", PATH, {**GOOD, "outputs": []}).json["outputs"] == [DOUBLED, ECHO]


def test_a_signature_is_chosen_and_data_may_be_flat_or_nested(ask):
    for data in ([1, 2, 3, 4], [[1, 2], [3, 4]]):
        (output,) = ask("POST", PATH, sums(data, [2, 2])).json["outputs"]
        assert output == {"name": "sum", "datatype": "INT64", "shape": [2], "data": [3, 7]}


def test_a_scalar_output_and_nan(ask):
    total = {"parameters": {"signature_name": "total"}, "inputs": [X]}
    assert ask("POST", PATH, total).json["outputs"] == [
        {"name": "total", "datatype": "FP32", "shape": [], "data": [3.5]}
    ]
    body = orjson.dumps(total).replace(b"1.5", b"NaN")
    assert ask("POST", PATH, body).json["outputs"][0]["data"] == [None]


def test_tensors_go_in_and_come_out_in_binary(ask):
    names, x = write_raw(np.array(["n", "é"], object)), np.float32([1.5, 2]).tobytes()
    head = {
        "inputs": [
            {"name": "name", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": len(names)}},
            {"name": "x", "datatype": "FP32", "shape": [2], "parameters": {"binary_data_size": len(x)}},
        ],
        "outputs": [{"name": "echo", "parameters": {"binary_data": True}}, {"name": "doubled"}],
    }
    text = orjson.dumps(head)
    got = ask("POST", PATH, text + names + x, {LENGTH: str(len(text))})
    assert (got.status, got.headers["content-type"]) == (200, "application/octet-stream")
    length = int(got.headers[LENGTH])
    echo, doubled = orjson.loads(got.body[:length])["outputs"]
    assert echo == {"name": "echo", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": 11}}
    assert got.body[length:] == names
    assert doubled == DOUBLED


def test_all_outputs_in_binary(ask):
    got = ask("POST", PATH, {**GOOD, "parameters": {"binary_data_output": True}})
    length = int(got.headers[LENGTH])
    doubled, echo = orjson.loads(got.body[:length])["outputs"]
    assert doubled["parameters"]["binary_data_size"] == 8
    raw = got.body[length:]
    assert read_raw(raw[:8], TensorSpec("doubled", "float32", (None,)), [2]).tolist() == [3.0, 4.0]
    assert raw[8:] == write_raw(np.array(["n", "é"], object))
    assert "data" not in echo


def binary(size, raw, datatype="FP32", shape=(2,)):
    tensor = {"name": "x", "datatype": datatype, "shape": list(shape), "parameters": {"binary_data_size": size}}
    text = orjson.dumps({"parameters": {"signature_name": "total"}, "inputs": [tensor]})
    return text + raw, {LENGTH: str(len(text))}


@pytest.mark.parametrize(
    ("size", "raw", "shape", "sentence"),
    [
        (8, b"1234567", (2,), "'binary_data_size' of 8, and 7 bytes are left for it"),
        (8, b"123456789", (2,), "1 bytes behind the JSON belong to no input"),
        (7, b"1234567", (2,), "'x' has 7 bytes of data and its shape [2] takes 8"),
        (-1, b"", (0,), "The 'binary_data_size' of the input 'x' is -1"),
        ("8", b"12345678", (2,), "'binary_data_size' of the input 'x' is \"8\""),
        (8, b"12345678", (2**62,), "'x' has the shape [4611686018427387904]"),
    ],
)
def test_broken_binary_data_is_told(ask, size, raw, shape, sentence):
    got = ask("POST", PATH, *binary(size, raw, shape=shape))
    assert got.status == 400
    assert sentence in got.error


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "99999999", "9" * 30, "²", ""])
def test_a_wrong_length_of_the_json_is_told(ask, length):
    got = ask("POST", PATH, orjson.dumps(GOOD), {LENGTH: length})
    assert (got.status, "Inference-Header-Content-Length" in got.error) == (400, True)


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"", 400, "JSON Parse error: The document is empty"),
        ({}, 400, "'inputs' is null: send a list"),
        ({"inputs": {}}, 400, "'inputs' is {}: send a list"),
        ({"inputs": [1]}, 400, "The input 1 is not the signature's: it takes name, x."),
        ({"inputs": [{**X, "name": "y"}]}, 400, 'The input "y" is not the signature\'s'),
        ({"inputs": [{**X, "name": ["x"]}]}, 400, "is not the signature's"),
        ({"inputs": [X]}, 400, "The input 'name' is missing: the signature takes name, x."),
        ({"inputs": [X, X, NAME]}, 400, "The input 'x' is sent twice"),
        ({"inputs": [NAME, {**X, "datatype": "FP64"}]}, 400, "'x' takes FP32 and was sent as \"FP64\""),
        ({"inputs": [NAME, {**X, "datatype": None}]}, 400, "'x' takes FP32 and was sent as null"),
        ({"inputs": [NAME, {**X, "shape": [3]}]}, 400, "'x' has 2 values and its shape [3] takes 3"),
        (
            {"inputs": [NAME, {**X, "shape": [2, 2]}]},
            400,
            "'x' has the shape [2, 2] and the signature takes float32[?]",
        ),
        ({"inputs": [NAME, {**X, "shape": 2}]}, 400, "The 'shape' of the input 'x' is 2"),
        ({"inputs": [NAME, {**X, "shape": [-2]}]}, 400, "The 'shape' of the input 'x' is [-2]"),
        ({"inputs": [NAME, {**X, "shape": [True]}]}, 400, "The 'shape' of the input 'x' is [true]"),
        ({"inputs": [NAME, {**X, "data": 1}]}, 400, "The 'data' of the input 'x' is 1: send a list"),
        ({"inputs": [NAME, {**X, "data": None}]}, 400, "'x' has no 'data'"),
        ({"inputs": [NAME, {**X, "data": [1, "2"]}]}, 400, "Type: String is not of expected type: float32"),
        ({"inputs": [NAME, {**X, "data": [[1], [2]]}]}, 400, "'x' has the shape [2, 1]"),
        (sums([1, 2, 3], [2, 2]), 400, "has 3 values and its shape [2, 2] takes 4"),
        (sums([], [0, 2**62]), 400, "has the shape [0, 4611686018427387904]"),
        (sums([], [0, 2**31, 2**31]), 400, "has the shape [0, 2147483648, 2147483648]"),
        (sums([1.5], [1, 1]), 400, "Type: Number is not of expected type: int64"),
        ({**GOOD, "id": 1}, 400, "The 'id' of the request is 1: send text"),
        ({**GOOD, "parameters": 1}, 400, "'parameters' is 1: send an object"),
        ({**GOOD, "parameters": {"signature_name": 1}}, 400, "The parameter 'signature_name' is 1"),
        ({**GOOD, "parameters": {"signature_name": "no"}}, 400, 'Serving signature name: "no" not found'),
        ({**GOOD, "parameters": {"binary_data_output": 1}}, 400, "The parameter 'binary_data_output' is 1"),
        ({**GOOD, "outputs": {"name": "echo"}}, 400, "'outputs' is {"),
        ({**GOOD, "outputs": [{"name": "no"}]}, 400, 'The output "no" cannot be given: ask for each of doubled, echo'),
        ({**GOOD, "outputs": ["echo"]}, 400, 'The output "echo" cannot be given'),
        ({**GOOD, "outputs": [{"name": "echo"}, {"name": "echo"}]}, 400, "cannot be given"),
    ],
)
def test_bad_requests_are_told(ask, body, status, sentence):
    got = ask("POST", PATH, body)
    assert got.status == status
    assert sentence in got.error


class OtherTypes:
    """`half` and `text` as they came, and something complex."""

    platform = "other"

    def __init__(self):
        half, text = TensorSpec("half", "float16", (None,)), TensorSpec("text", "string", (None,))
        wave = TensorSpec("wave", "complex64", (None,))
        self.signatures = {
            "serving_default": Signature("serving_default", {"half": half, "text": text}, {"half": half, "text": text}),
            "waves": Signature("waves", {"text": text}, {"wave": wave, "text": text}),
            "quantum": Signature("quantum", {"wave": wave}, {"text": text}),
        }

    def call(self, signature, feed):
        if signature.name == "waves":
            return {"wave": np.zeros(len(feed["text"]), np.complex64), "text": feed["text"]}
        return feed

    def close(self): ...


def test_types_that_json_cannot_carry_go_in_binary(rest_server):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, OtherTypes())
        half, text = np.float16([0.5]).tobytes(), write_raw(np.array([b"\xff"], object))
        inputs = [
            {"name": "half", "datatype": "FP16", "shape": [1], "parameters": {"binary_data_size": 2}},
            {"name": "text", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 5}},
        ]

        async def ask(**more):
            head = orjson.dumps({"inputs": inputs, **more})
            return await rest.ask("POST", PATH, head + half + text, {LENGTH: str(len(head))})

        got = await ask(parameters={"binary_data_output": True})
        assert got.body[int(got.headers[LENGTH]) :] == half + text
        got = await ask(outputs=[{"name": "half"}])
        assert (got.status, "'half' is FP16, which JSON cannot carry" in got.error) == (400, True)
        got = await ask(outputs=[{"name": "text"}])
        assert (got.status, "'text' is BYTES that are no UTF-8" in got.error) == (400, True)
        in_json = {**inputs[0], "data": [0.5]}
        got = await rest.ask("POST", PATH, {"inputs": [in_json, {**inputs[1], "data": ["t"]}]})
        assert (got.status, "'half' is FP16, which JSON cannot carry" in got.error) == (400, True)

    asyncio.run(scenario())


def test_types_that_the_protocol_has_no_name_for(rest_server):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, OtherTypes())
        text = {"name": "text", "datatype": "BYTES", "shape": [1], "data": ["t"]}
        request = {"parameters": {"signature_name": "waves"}, "inputs": [text]}
        got = await rest.ask("POST", PATH, request)
        assert (got.status, "'wave' is complex64" in got.error) == (400, True)
        got = await rest.ask("POST", PATH, {**request, "outputs": [{"name": "text"}]})
        assert got.json["outputs"][0]["data"] == ["t"]
        got = await rest.ask("POST", PATH, {"parameters": {"signature_name": "quantum"}, "inputs": [text]})
        assert (got.status, "no datatype for" in got.error) == (501, True)

    asyncio.run(scenario())


def test_requests_share_a_batch_whatever_form_they_come_in(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        model = arithmetic_model()
        rest.serve("m", 1, model)
        raw, headers = binary(8, np.float32([5, 6]).tobytes())
        await rest.ask("POST", PATH, raw, headers)
        row = {"instances": [{"name": "n", "x": 1}]}
        requests = [("POST", PATH, GOOD), ("POST", "/v1/models/m:predict", row), ("POST", PATH, GOOD)]
        got = await asyncio.gather(*(rest.ask(*request) for request in requests))
        assert [one.status for one in got] == [200, 200, 200]
        assert got[2].json["outputs"] == [DOUBLED, ECHO]
        assert model.sizes[-1] == 5

    asyncio.run(scenario())
