"""Predictions over REST, right and wrong ones."""

import gzip
import zlib

import pytest

PATH = "/v1/models/m:predict"
ROW = {"name": "n", "x": 1.5}
GOOD = {"instances": [ROW]}


def test_a_prediction_by_rows_and_by_columns(ask):
    got = ask("POST", PATH, {"instances": [ROW, {"name": "é", "x": -2}]})
    assert (got.status, got.headers["content-type"]) == (200, "application/json")
    assert got.json == {"predictions": [{"doubled": 3.0, "echo": "n"}, {"doubled": -4.0, "echo": "é"}]}
    got = ask("POST", PATH, {"inputs": {"name": ["n"], "x": [1.5]}})
    assert got.json == {"outputs": {"doubled": [3.0], "echo": ["n"]}}


@pytest.mark.parametrize("where", ["", "/versions/1", "/versions/2", "/labels/stable"])
def test_a_version_may_be_chosen_by_number_and_by_label(ask, where):
    assert ask("POST", f"/v1/models/m{where}:predict", GOOD).status == 200


def test_a_signature_may_be_chosen(ask):
    got = ask("POST", PATH, {"signature_name": "sums", "instances": [[1, 2], [3, 4]]})
    assert got.json == {"predictions": [3, 7]}
    got = ask("POST", PATH, {"signature_name": "total", "inputs": [1, 2]})
    assert got.json == {"outputs": 3.0}
    assert ask("POST", PATH, {"signature_name": "", **GOOD}).status == 200


def test_nan_goes_in_and_comes_out(ask):
    got = ask("POST", PATH, b'{"signature_name": "total", "inputs": [NaN]}')
    assert (got.status, got.body) == (200, b'{"outputs": NaN}')


def test_the_tracking_id_is_the_callers_or_made(ask):
    made = ask("POST", PATH, GOOD).headers["x-tracking-id"]
    assert len(made) == 24
    assert ask("POST", PATH, GOOD, {"x-tracking-id": "mine"}).headers["x-tracking-id"] == "mine"
    assert len(ask("POST", PATH, GOOD, {"x-tracking-id": "x" * 300}).headers["x-tracking-id"]) == 24
    assert ask("POST", PATH, b"{", {"x-tracking-id": "mine"}).headers["x-tracking-id"] == "mine"
    assert ask("POST", "/v1/models/no:predict", GOOD, {"x-tracking-id": "mine"}).headers["x-tracking-id"] == "mine"


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("/v1/models/no:predict", GOOD, 404, "Servable not found for request: Latest(no)"),
        ("/v1/models/m99:predict", GOOD, 404, "Latest(m99). Models served here: m, text."),
        ("/v1/models/m/versions/9:predict", GOOD, 404, "Specific(m, 9). Versions available: 1, 2."),
        ("/v1/models/m/labels/no:predict", GOOD, 400, "Unrecognized servable version label: no."),
        ("/v1/models/m/versions/18446744073709551615:predict", GOOD, 400, "Failed to convert version"),
        (f"/v1/models/m/versions/{'9' * 5000}:predict", GOOD, 400, "Failed to convert version"),
        ("/v1/models/m/versions/one:predict", GOOD, 400, "Malformed request: POST /v1/models/m/versions/one:predict"),
        ("/v1/models/m/versions/1/labels/stable:predict", GOOD, 400, "Malformed request"),
        ("/v1/models/m/version/1:predict", GOOD, 400, "Malformed request"),
        ("/v1/models/m:explain", GOOD, 400, "Malformed request"),
        ("/v1/models/m", GOOD, 400, "Malformed request"),
        (PATH, {"signature_name": "no", **GOOD}, 400, 'Serving signature name: "no" not found in signature def'),
        (PATH, {"signature_name": 100}, 400, "'signature_name' key must be a string value."),
        (PATH, {"instances": [{"x": 1}]}, 400, "lacks name; keys must be equal to: name,x"),
        (PATH, {"instances": [{**ROW, "y": 1}]}, 400, "has the unknown y"),
        (PATH, {"instances": [{**ROW, "x": "1"}]}, 400, 'JSON Value: "1" Type: String is not of expected type: float'),
        (PATH, {"instances": [{**ROW, "x": [1, 2]}]}, 400, "'x' has the shape [1, 2] and the signature takes"),
        (PATH, {"signature_name": "sums", "instances": [[1, 2], [3]]}, 400, "'values' is ragged"),
        (PATH, {"instances": [{**ROW, "name": {"b64": "?"}}]}, 400, "Unable to base64 decode"),
        (PATH, {"rows": []}, 400, "Missing 'inputs' or 'instances' key"),
        (PATH, b"", 400, "JSON Parse error: The document is empty"),
        (PATH, b"x=1&y=2", 400, "JSON Parse error"),
        (PATH, b'{"instances": [{"name": "\xff", "x": 1}]}', 400, "not valid UTF-8"),
        (PATH, b'{"instances": [{"name": "n", "x": 1', 400, "JSON Parse error"),
        (PATH, b"[1]", 400, "Is not object"),
    ],
)
def test_bad_requests_are_answered_as_tensorflow_serving_answers(ask, path, body, status, sentence):
    got = ask("POST", path, body)
    assert got.status == status
    assert sentence in got.error
    assert got.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", [PATH, "/v2/models/m/infer"])
@pytest.mark.parametrize("depth", [250, 900, 1020, 5000])
def test_deep_nesting_is_told_wherever_it_is(ask, path, depth):
    objects, lists = b'{"d":' * depth + b"1" + b"}" * depth, b"[" * depth + b"]" * depth
    for deep in (objects, lists):
        for body in (
            deep,
            b'{"instances": %b, "inputs": 1}' % deep,
            b'{"instances": %b}' % deep,
            b'{"inputs": %b}' % deep,
            b'{"instances": [{"name": "n", "x": %b}]}' % deep,
            b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [%b]}]}' % deep,
            b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": %b, "data": [1]}]}' % deep,
            b'{"inputs": [{"name": %b}], "id": "i"}' % deep,
            b'{"instances": [NaN, %b]}' % deep,
            b'{"signature_name": %b, "instances": [1]}' % deep,
        ):
            got = ask("POST", path, body)
            assert got.status == 400
            assert len(got.error) < 1000


def test_the_content_type_does_not_matter(ask):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "image/png", ""):
        assert ask("POST", PATH, GOOD, {"content-type": content_type}).status == 200


def test_unknown_fields_beside_the_instances_do_not_matter(ask):
    assert ask("POST", PATH, {**GOOD, "unknown": {"a": 1}}).status == 200


def test_the_models_own_failure_is_not_the_callers(ask):
    got = ask("POST", PATH, b'{"instances": [{"name": "n", "x": -Infinity}]}')
    assert (got.status, got.error) == (500, "The model failed: ArithmeticError: negative infinity.")


def test_a_body_in_parts_is_read_whole(ask):
    assert ask("POST", PATH, [b'{"instances": [{"na', b'me": "n", ', b'"x": 1.5}]}']).status == 200


def test_a_large_body_is_refused_before_all_of_it_has_come(ask):
    parts = [b" " * 600, b" " * 600, b"never read"]
    got = ask("POST", PATH, parts, limit=1000)
    assert (got.status, parts) == (413, [b" " * 600, b" " * 600, b"never read"])
    assert "larger than 1000 bytes" in got.error
    assert ask("POST", PATH, b" " * 1001, limit=1000).status == 413


def test_compressed_bodies_are_read(ask):
    plain = b'{"signature_name": "total", "inputs": [2]}'
    for encoding, body in (
        ("gzip", gzip.compress(plain)),
        ("GZIP", gzip.compress(plain)),
        ("deflate", zlib.compress(plain)),
    ):
        assert ask("POST", PATH, body, {"content-encoding": encoding}).json == {"outputs": 2.0}
    assert ask("POST", PATH, plain, {"content-encoding": "identity"}).json == {"outputs": 2.0}


@pytest.mark.parametrize(
    ("encoding", "body", "status", "sentence"),
    [
        ("gzip", gzip.compress(b" " * 50_000_000), 413, "larger than 1048576 bytes"),
        ("gzip", gzip.compress(b'{"inputs": 1}')[:-9], 400, "is not valid gzip"),
        ("gzip", b'{"inputs": 1}', 400, "is not valid gzip"),
        ("gzip", b"", 400, "is not valid gzip"),
        ("gzip", gzip.compress(b'{"inputs": 1}') + gzip.compress(b" "), 400, "is not valid gzip"),
        ("br", b"anything", 400, "content-encoding is 'br': send gzip, deflate or none"),
    ],
)
def test_bodies_that_do_not_decompress_are_told(ask, encoding, body, status, sentence):
    got = ask("POST", PATH, body, {"content-encoding": encoding})
    assert got.status == status
    assert sentence in got.error
