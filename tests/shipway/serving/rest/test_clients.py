"""KServe's own client, and plain HTTP over a socket."""

import asyncio
import http.client
import json
import subprocess
from urllib.parse import urlsplit

import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def kserve():
    import kserve

    return kserve


def inputs(kserve, in_binary):
    names = kserve.InferInput("name", [2], "BYTES")
    names.set_data_from_numpy(np.array(["n", "é"], object), binary_data=in_binary)
    x = kserve.InferInput("x", [2], "FP32")
    x.set_data_from_numpy(np.float32([1.5, 2]), binary_data=in_binary)
    return [names, x]


@pytest.mark.parametrize("in_binary", [False, True])
def test_kserves_client_by_the_open_protocol(kserve, live_server, in_binary):
    async def scenario():
        async with kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2")) as client:
            assert await client.is_server_live(live_server.url)
            assert await client.is_server_ready(live_server.url)
            assert await client.is_model_ready(live_server.url, "m")
            assert not await client.is_model_ready(live_server.url, "no")
            parameters = {"binary_data_output": in_binary}
            request = kserve.InferRequest("m", inputs(kserve, in_binary), request_id="mine", parameters=parameters)
            return await client.infer(live_server.url, request, model_name="m")

    got = asyncio.run(scenario())
    assert (got.id, got.model_name) == ("mine", "m")
    outputs = {output.name: output.as_numpy() for output in got.outputs}
    np.testing.assert_array_equal(outputs["doubled"], np.float32([3, 4]))
    assert [value if isinstance(value, str) else value.decode() for value in outputs["echo"]] == ["n", "é"]


def test_kserves_client_by_its_first_protocol(kserve, live_server):
    async def scenario():
        async with kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v1")) as client:
            assert await client.is_server_live(live_server.url)
            return await client.infer(live_server.url, {"instances": [{"name": "n", "x": 1}]}, model_name="m")

    assert asyncio.run(scenario()) == {"predictions": [{"doubled": 2.0, "echo": "n"}]}


def curl(*arguments):
    return subprocess.run(["curl", "-s", *arguments], capture_output=True, check=True, timeout=20).stdout.decode()


def test_recipes_for_curl(live_server):
    url = live_server.url
    body = '{"instances": [{"name": "n", "x": 1.0}]}'
    assert json.loads(curl("-d", body, f"{url}/v1/models/m:predict"))["predictions"][0]["doubled"] == 2.0
    assert "AVAILABLE" in curl(f"{url}/v1/models/m")
    head = curl("-I", f"{url}/v1/models/m/metadata")
    assert head.startswith("HTTP/1.1 200 OK")
    assert "content-type: application/json" in head


def test_a_truncated_body_gets_no_answer_and_harms_nobody(live_server):
    address = urlsplit(live_server.url).netloc
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest("POST", "/v1/models/m:predict")
    connection.putheader("content-length", "1000")
    connection.endheaders(b'{"instances": [')
    connection.close()
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("POST", "/v1/models/m:predict", b'{"signature_name": "total", "inputs": [1]}')
    assert connection.getresponse().read() == b'{"outputs":1.0}'
    connection.close()
