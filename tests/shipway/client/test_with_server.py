"""The clients against the real server: its core, its versions, its REST over a socket."""

import asyncio
import math

import numpy as np
import pytest

from shipway.client import (
    AsyncClient,
    Client,
    ClientSplit,
    NotReadyInTime,
    RetryPolicy,
    ServerBusy,
    ServerFailed,
    ServerRefused,
    ServerUnreachable,
)

ROWS = [{"carrier": "UA", "distance": 150.0}, {"carrier": b"\xc3\xbc", "distance": np.float32("nan")}]


@pytest.fixture(scope="module")
def client(delay_server):
    with Client(delay_server, "delays") as client:
        yield client


@pytest.mark.parametrize(
    "inputs",
    [ROWS, {"carrier": np.array(["UA", b"\xc3\xbc"], object), "distance": np.array([150, np.nan], np.float32)}],
    ids=["rows", "columns"],
)
def test_rows_and_columns(client, inputs):
    prediction = client.predict(inputs, "predict_features", tracking_id="mine")
    assert prediction.outputs == {"delay": [1.5, 0.0], "echo": ["UA", "ü"]}
    assert prediction.tracking_id == "mine"


def test_numbers_that_are_none_come_and_go(client):
    (delay,) = client.predict([math.inf]).outputs["outputs"]
    assert delay == math.inf


def test_versions_labels_and_made_tracking_ids(client):
    by_version = client.predict([100.0], version=4)
    by_label = client.predict([100.0], label="stable")
    assert by_version.outputs == by_label.outputs == {"outputs": [1.0]}
    assert by_version.tracking_id != by_label.tracking_id
    with pytest.raises(
        ServerRefused, match=r"answers 404: Servable not found for request: Specific\(delays, 3\)"
    ) as error:
        client.predict([100.0], version=3)
    assert error.value.status == 404
    with pytest.raises(ServerRefused, match="Unrecognized servable version label: new"):
        client.predict([100.0], label="new")


def test_what_the_server_tells_of_the_model(client):
    assert [(one.version, one.state) for one in client.status()] == [(4, "AVAILABLE")]
    assert client.wait_until_ready(1.0)[0].version == 4
    metadata = client.metadata()
    assert (metadata.model, metadata.version) == ("delays", 4)
    inputs = metadata.signatures["predict_features"].inputs
    assert {name: (one.dtype, one.shape) for name, one in inputs.items()} == {
        "carrier": ("string", (None,)),
        "distance": ("float32", (None,)),
    }
    assert metadata.signatures["lines"].inputs["values"].shape == (None, None)
    assert metadata.signatures["total"].outputs["total"].shape is None


@pytest.mark.parametrize(
    ("inputs", "signature", "status"),
    [([{"distance": 1.0}], "predict_features", 400), ([{"carrier": "UA", "distance": "far"}], "predict_features", 400),
     ([1.0], "other", 400), ([], "serving_default", 400)],
)  # fmt: skip
def test_a_wrong_request_is_refused_once(client, inputs, signature, status):
    with pytest.raises(ServerRefused) as error:
        client.predict(inputs, signature)
    assert error.value.status == status


def test_a_model_that_is_not_served(delay_server):
    with (
        Client(delay_server, "lost") as lost,
        pytest.raises(ServerRefused, match=r"answers 404: .*the server knows the models delays"),
    ):
        lost.wait_until_ready(5.0)


def test_tokens(serving_delays, delay_models, tmp_path):
    secret = "0123456789abcdef"
    (tmp_path / "token").write_text(secret)
    with serving_delays(delay_models, tmp_path / "token") as url:
        with Client(url, "delays", token=secret) as client:
            assert client.predict([200.0]).outputs == {"outputs": [2.0]}
        with Client(url, "delays") as client, pytest.raises(ServerRefused, match="401: The request has no token"):
            client.predict([200.0])


def test_a_full_server_is_asked_again_when_it_wants_to_be(serving_delays, delay_models):
    """It asks for a second, which the policy is told to be too long: else this test would take it."""
    with (
        serving_delays(delay_models, max_in_flight=0) as url,
        Client(url, "delays", retries=RetryPolicy(longest_seconds=0.5)) as client,
        pytest.raises(ServerBusy) as error,
    ):
        client.predict([1.0])
    assert (error.value.status, error.value.retry_after) == (429, 1.0)


def test_a_server_that_is_gone(serving_delays, delay_models):
    with serving_delays(delay_models) as url:
        client = Client(url, "delays", retries=RetryPolicy(first_seconds=0.0))
        client.predict([1.0])
    with pytest.raises(ServerUnreachable, match=r"ConnectError: .*, tried 4 times\)"):
        client.predict([1.0])
    with pytest.raises(NotReadyInTime, match=r"was not available within 0\.2 s; the last answer was: Nobody answers"):
        client.wait_until_ready(0.2)
    client.close()


def test_many_at_once(delay_server):
    async def ask():
        async with AsyncClient(delay_server, "delays") as client:
            answers = await asyncio.gather(*(client.predict([100.0 * number]) for number in range(50)))
            assert (await client.status())[0].version == 4
            return [prediction.outputs["outputs"] for prediction in answers]

    assert asyncio.run(ask()) == [[float(number)] for number in range(50)]


def test_a_split_between_a_version_and_a_label(client):
    split = ClientSplit({"a": client, "b": client}, {"a": 0.0, "b": 1.0}, key="carrier")
    prediction = split.predict([{"carrier": "UA", "distance": 100.0}], signature="predict_features", label="stable")
    assert (prediction.arm, prediction.outputs["delay"]) == ("b", [1.0])


def test_a_model_that_fails_is_the_servers_fault(client):
    with pytest.raises(ServerFailed, match=r"answers 500: .*a flight goes forward") as error:
        client.predict([-1.0])
    assert error.value.status == 500
