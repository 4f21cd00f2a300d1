"""Both clients over a server that answers as it was told to."""

import asyncio
import math

import httpx
import pytest

from shipway.client import (
    BadAnswer,
    NotReadyInTime,
    RetryPolicy,
    ServerBusy,
    ServerFailed,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)

REFUSED = httpx.ConnectError("Connection refused")
ROWS = [{"x": 1.0}, {"x": 2.0}]
METADATA = {
    "model_spec": {"name": "m", "signature_name": "", "version": "7"},
    "metadata": {
        "signature_def": {
            "signature_def": {
                "predict_features": {
                    "inputs": {
                        "x": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1", "name": ""}]}},
                        "ids": {"dtype": "DT_INT64", "tensor_shape": {"dim": [{"size": "-1"}, {"size": "3"}]}},
                        "any": {"dtype": "DT_STRING", "tensor_shape": {"dim": [], "unknown_rank": True}},
                    },
                    "outputs": {"y": {"dtype": "DT_DOUBLE", "tensor_shape": {"dim": []}}},
                    "method_name": "tensorflow/serving/predict",
                }
            }
        }
    },
}


def ask(server, how, **options):
    """A prediction by the client for waiting code, or by the one for asyncio."""
    if how == "sync":
        with server.client(**options) as client:
            return client.predict(ROWS)

    async def asked():
        async with server.async_client(**options) as client:
            return await client.predict(ROWS)

    return asyncio.run(asked())


both = pytest.mark.parametrize("how", ["sync", "async"])


@both
def test_an_answer_has_outputs_by_name_and_the_tracking_id(server, replying, how):
    answer = replying(200, {"predictions": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}, x_tracking_id="t-9")
    prediction = ask(server(answer), how)
    assert prediction.outputs == {"a": [1, 2], "b": ["x", "y"]}
    assert prediction.rows() == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert prediction.tracking_id == "t-9"
    assert 0 < prediction.seconds < 5


@pytest.mark.parametrize(
    ("body", "outputs"),
    [
        ({"predictions": [0.1, 0.2]}, {"outputs": [0.1, 0.2]}),
        ({"predictions": [[0.1], [0.2]]}, {"outputs": [[0.1], [0.2]]}),
        ({"predictions": [{"b64": "YQ=="}]}, {"outputs": [{"b64": "YQ=="}]}),
        ({"outputs": [0.1, 0.2]}, {"outputs": [0.1, 0.2]}),
        ({"outputs": {"a": [1], "b": [2]}}, {"a": [1], "b": [2]}),
    ],
)
def test_every_form_of_the_answer_is_read(server, replying, body, outputs):
    assert ask(server(replying(200, body)), "sync").outputs == outputs


def test_nan_in_an_answer_is_a_number(server):
    nan = httpx.Response(200, content=b'{"predictions": [NaN, -Infinity]}')
    first, second = ask(server(nan), "sync").outputs["outputs"]
    assert math.isnan(first)
    assert second == -math.inf


def test_the_token_is_sent_and_not_carried_to_another_address(server, replying):
    elsewhere = server(httpx.Response(307, headers={"location": "http://elsewhere/"}))
    with pytest.raises(ServerRefused):
        ask(elsewhere, "sync", token="secret")
    assert [request.headers["authorization"] for request in elsewhere.requests] == ["Bearer secret"]


@both
@pytest.mark.parametrize("trouble", ["busy", "not ready", "refused", "broken"])
def test_what_may_pass_is_tried_again(server, replying, how, trouble):
    first = {
        "busy": replying(429, {"error": "full"}),
        "not ready": replying(503, {"error": "loading"}),
        "refused": REFUSED,
        "broken": httpx.RemoteProtocolError("Server disconnected without sending a response."),
    }[trouble]
    asked = server(first, first, replying(200, {"predictions": [1, 2]}))
    assert ask(asked, how).outputs == {"outputs": [1, 2]}
    assert len(asked.requests) == 3
    assert asked.bodies[0] == asked.bodies[2]


@both
@pytest.mark.parametrize(
    ("status", "kind", "tries"),
    [(400, ServerRefused, 1), (404, ServerRefused, 1), (401, ServerRefused, 1), (500, ServerFailed, 1),
     (504, ServerFailed, 1), (429, ServerBusy, 4), (503, ServerBusy, 4)],
)  # fmt: skip
def test_an_error_is_the_servers_sentence(server, replying, how, status, kind, tries):
    asked = server(replying(status, {"error": "Servable not found."}))
    with pytest.raises(kind) as error:
        ask(asked, how)
    assert str(error.value) == f"http://server:8501/v1/models/m:predict answers {status}: Servable not found."
    assert (error.value.status, error.value.sentence) == (status, "Servable not found.")
    assert len(asked.requests) == tries


def test_an_error_without_the_apis_form_is_told_by_its_text(server):
    with pytest.raises(ServerFailed, match="answers 502: <h1>Bad gateway</h1>"):
        ask(server(httpx.Response(502, content=b"<h1>Bad\n gateway</h1>")), "sync")


@both
def test_nobody_at_the_address(server, how):
    with pytest.raises(ServerUnreachable) as error:
        ask(server(REFUSED), how)
    assert str(error.value) == (
        "Nobody answers at http://server:8501/v1/models/m:predict (ConnectError: Connection refused, tried 4 times): "
        "check the address, and that the server runs."
    )


@both
def test_a_silent_server_may_be_at_work_and_is_not_asked_twice(server, how):
    asked = server(httpx.ReadTimeout("timed out"))
    with pytest.raises(ServerSilent, match=r"did not answer within 2 s: send less at once, or give more time\."):
        ask(asked, how, timeout=2.0)
    assert len(asked.requests) == 1


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (httpx.Response(200, content=b"<html>hello"), "the answer begins with '<html>hello'"),
        (httpx.Response(200, content=b"{}"), "the answer has neither 'predictions' nor 'outputs'"),
    ],
)
def test_something_else_answers(server, answer, problem):
    with pytest.raises(BadAnswer) as error:
        ask(server(answer), "sync")
    assert str(error.value).endswith(f"(with 200) is no model server: {problem}.")


def test_the_servers_wait_is_honoured(server, replying):
    asked = server(replying(429, {"error": "full"}, retry_after="7"))
    with pytest.raises(ServerBusy) as error:
        ask(asked, "sync", retries=RetryPolicy(longest_seconds=5.0))
    assert len(asked.requests) == 1
    assert error.value.retry_after == 7.0


def test_metadata_has_numpys_names_of_dtypes(server, replying):
    metadata = server(replying(200, METADATA)).client().metadata()
    assert (metadata.model, metadata.version) == ("m", 7)
    inputs = metadata.signatures["predict_features"].inputs
    assert {name: (one.dtype, one.shape) for name, one in inputs.items()} == {
        "any": ("string", None),
        "ids": ("int64", (None, 3)),
        "x": ("float32", (None,)),
    }
    assert metadata.signatures["predict_features"].outputs["y"].shape == ()
    with pytest.raises(BadAnswer, match="the answer is not a model's metadata"):
        server(replying(200, {"model_spec": {"name": "m"}})).client().metadata()


def test_status_is_sorted_by_version(server, replying):
    versions = [
        {"version": "1", "state": "END", "status": {"error_code": "UNKNOWN", "error_message": "broken"}},
        {"version": "10", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}},
    ]
    found = server(replying(200, {"model_version_status": versions})).client().status()
    assert [(one.version, one.state, one.message) for one in found] == [(10, "AVAILABLE", ""), (1, "END", "broken")]
    with pytest.raises(BadAnswer, match="no 'model_version_status'"):
        server(replying(200, {})).client().status()


def waited(server, how, seconds):
    """What waiting for the model brings."""
    if how == "sync":
        return server.client().wait_until_ready(seconds)

    async def ready():
        async with server.async_client() as client:
            return await client.wait_until_ready(seconds)

    return asyncio.run(ready())


def loading(replying, state, message=""):
    status = {"error_code": "OK", "error_message": message}
    return replying(200, {"model_version_status": [{"version": "3", "state": state, "status": status}]})


@both
def test_waiting_ends_when_a_version_is_available(server, replying, how):
    starting = server(
        REFUSED, replying(503, {"error": "x"}), loading(replying, "LOADING"), loading(replying, "AVAILABLE")
    )
    assert [one.version for one in waited(starting, how, 5.0)] == [3]
    assert len(starting.requests) == 4


@both
def test_waiting_has_an_end_and_tells_the_last_answer(server, replying, how):
    with pytest.raises(NotReadyInTime) as error:
        waited(server(loading(replying, "END", "out of memory")), how, 0.15)
    assert str(error.value) == (
        "The model 'm' was not available within 0.15 s; the last answer was: version 3 is END (out of memory)."
    )
    with pytest.raises(NotReadyInTime, match=r"the last answer was: Nobody answers at .*"):
        waited(server(REFUSED), how, 0.05)


def test_waiting_does_not_mend_a_wrong_token(server, replying):
    refusing = server(replying(401, {"error": "no token"}))
    with pytest.raises(ServerRefused, match="no token"):
        waited(refusing, "sync", 5.0)
    assert len(refusing.requests) == 1
