"""What the server says of its models, and how labels move."""

import asyncio

import orjson
import pytest

from shipway.serving.faults import Code
from shipway.serving.servable import VersionState, VersionStatus


def entry(version, state="AVAILABLE", code="OK", message=""):
    return {"version": str(version), "state": state, "status": {"error_code": code, "error_message": message}}


def test_the_states_of_all_versions_come_newest_first(ask):
    assert ask("GET", "/v1/models/m").json == {"model_version_status": [entry(2), entry(1)]}
    assert ask("GET", "/v1/models/m/versions/1").json == {"model_version_status": [entry(1)]}
    assert ask("GET", "/v1/models/m/labels/stable").json == {"model_version_status": [entry(1)]}


def test_a_version_that_failed_shows_why(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, arithmetic_model())
        statuses = rest.catalog.models["m"].statuses
        statuses[2] = VersionStatus(2, VersionState.END, Code.INVALID_ARGUMENT, "It is broken.")
        got = await rest.ask("GET", "/v1/models/m/versions/2")
        assert got.json == {"model_version_status": [entry(2, "END", "INVALID_ARGUMENT", "It is broken.")]}
        got = await rest.ask("POST", "/v2/repository/index")
        assert got.json == [
            {"name": "m", "version": "1", "state": "READY", "reason": ""},
            {"name": "m", "version": "2", "state": "UNAVAILABLE", "reason": "It is broken."},
        ]
        got = await rest.ask("POST", "/v2/repository/index", {"ready": True})
        assert [one["version"] for one in got.json] == ["1"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/v1/models/no", 404, "Could not find any versions of model no: the server knows the models m, text."),
        ("/v1/models/m/versions/9", 404, "Could not find version 9 of model m: the server knows the versions 1, 2."),
        ("/v1/models/m/labels/no", 400, "Unrecognized servable version label: no"),
        ("/v1/models/no/metadata", 404, "Latest(no)"),
        ("/v1/models/m/versions/9/metadata", 404, "Specific(m, 9)"),
        ("/v1/models/m/labels/no/metadata", 400, "Unrecognized servable version label: no"),
        ("/v2/models/no", 404, "Latest(no)"),
        ("/v2/models/m/versions/9", 404, "Specific(m, 9)"),
        ("/v2/models/no/ready", 404, "Latest(no)"),
    ],
)
def test_what_is_not_there_is_told(ask, path, status, sentence):
    got = ask("GET", path)
    assert got.status == status
    assert sentence in got.error


def test_metadata_is_the_protos_json(ask):
    got = ask("GET", "/v1/models/m/labels/stable/metadata").json
    assert got["model_spec"] == {"name": "m", "signature_name": "", "version": "1"}
    signatures = got["metadata"]["signature_def"]["signature_def"]
    assert signatures.keys() == {"serving_default", "sums", "total", "mean"}
    any_size = {"size": "-1", "name": ""}
    assert signatures["sums"] == {
        "inputs": {
            "values": {"dtype": "DT_INT64", "tensor_shape": {"dim": [any_size, any_size], "unknown_rank": False}}
        },
        "outputs": {"sum": {"dtype": "DT_INT64", "tensor_shape": {"dim": [any_size], "unknown_rank": False}}},
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }
    assert signatures["mean"]["outputs"]["mean"] == {
        "dtype": "DT_FLOAT",
        "tensor_shape": {"dim": [], "unknown_rank": True},
    }
    assert signatures["serving_default"]["inputs"]["name"]["dtype"] == "DT_STRING"


def test_a_model_that_is_loading_is_not_ready(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, arithmetic_model())
        assert (await rest.ask("GET", "/v2/models/m/ready")).json == {"name": "m", "ready": True}
        rest.catalog.models["m"].withdraw(1)
        got = await rest.ask("GET", "/v2/models/m/ready")
        assert (got.status, "m is not ready. No version of m is available yet" in got.error) == (503, True)

    asyncio.run(scenario())


def test_labels_move_while_the_server_runs(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        for version in (1, 2):
            rest.serve("m", version, arithmetic_model())
        path, predict = "/v1/models/m/labels/canary", "/v1/models/m/labels/canary:predict"
        assert (await rest.ask("PUT", path, {"version": 2})).json == {"labels": {"canary": 2}}
        assert (await rest.ask("PUT", path, {"version": 1})).json == {"labels": {"canary": 1}}
        assert (await rest.ask("POST", predict, {"signature_name": "total", "inputs": [1]})).status == 200
        assert (await rest.ask("DELETE", path)).json == {"labels": {}}
        assert (await rest.ask("POST", predict, {"signature_name": "total", "inputs": [1]})).status == 400

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("PUT", "/v1/models/m/labels/l", b"", 400, "The document is empty"),
        ("PUT", "/v1/models/m/labels/l", {"version": "2"}, 400, 'The label\'s version is "2": send {"version": N}'),
        ("PUT", "/v1/models/m/labels/l", {"version": True}, 400, "The label's version is true"),
        ("PUT", "/v1/models/m/labels/l", {"version": 9}, 404, "Specific(m, 9)"),
        ("PUT", "/v1/models/no/labels/l", {"version": 1}, 404, "Latest(no)"),
        ("DELETE", "/v1/models/m/labels/l", b"", 400, "Unrecognized servable version label: l. Labels of m: stable."),
        ("DELETE", "/v1/models/no/labels/l", b"", 404, "Latest(no)"),
        ("POST", "/v2/repository/index", {"ready": 1}, 400, "'ready' is 1: send true or false"),
        ("POST", "/v2/repository/index", b"x", 400, "JSON Parse error"),
        ("POST", "/v2/repository/models/no/load", b"", 404, "Latest(no)"),
    ],
)
def test_what_cannot_be_changed_is_told(ask, method, path, body, status, sentence):
    got = ask(method, path, body)
    assert got.status == status
    assert sentence in got.error


def test_models_are_loaded_and_unloaded(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, arithmetic_model())
        assert (await rest.ask("POST", "/v2/repository/models/m/unload")).json == {"name": "m", "unload": True}
        assert (await rest.ask("POST", "/v2/repository/models/m/load", b"{}")).json == {"name": "m", "load": True}
        assert rest.lifecycle.loaded == ["-m", "+m"]

    asyncio.run(scenario())


def test_the_open_protocol_describes_server_and_models(ask):
    server = ask("GET", "/v2").json
    assert (server["name"], server["extensions"]) == ("shipway", ["binary_tensor_data", "model_repository"])
    assert ask("GET", "/v2/health/live").json == {"live": True}
    assert ask("GET", "/v2/models").json == {"models": ["m", "text"]}
    assert ask("GET", "/v2/models/m/versions/1").json == {
        "name": "m",
        "versions": ["1", "2"],
        "platform": "arithmetic",
        "inputs": [
            {"name": "name", "datatype": "BYTES", "shape": [-1]},
            {"name": "x", "datatype": "FP32", "shape": [-1]},
        ],
        "outputs": [
            {"name": "doubled", "datatype": "FP32", "shape": [-1]},
            {"name": "echo", "datatype": "BYTES", "shape": [-1]},
        ],
    }


def test_the_metrics_page_is_at_its_paths(ask):
    for path in ("/monitoring/prometheus/metrics", "/metrics"):
        got = ask("GET", path)
        assert (got.status, got.body, got.headers["content-type"]) == (200, b"up 1\n", "text/plain; version=0.0.4")


def test_traffic_is_shown_and_changed(rest_server, traffic):
    written = {
        "models": {"m": {"arms": [{"name": "stable", "version": 1, "weight": 1.0}], "sticky": {"header": "x-user"}}}
    }

    async def scenario():
        rest = rest_server(traffic=traffic)
        assert (await rest.ask("GET", "/v1/traffic")).json == {"models": {}}
        assert (await rest.ask("PUT", "/v1/traffic", written)).json == written
        wrong = orjson.loads(orjson.dumps(written))
        wrong["models"]["m"]["arms"][0]["weight"] = -1
        got = await rest.ask("PUT", "/v1/traffic", wrong)
        assert got.status == 400
        assert got.error.startswith("The request's traffic")
        assert "-1" in got.error
        assert (await rest.ask("GET", "/v1/traffic")).json == written

    asyncio.run(scenario())


def test_a_server_without_traffic_control_says_so(ask):
    assert ask("GET", "/v1/traffic").status == 501
    assert ask("PUT", "/v1/traffic", {"models": {}}).status == 501
