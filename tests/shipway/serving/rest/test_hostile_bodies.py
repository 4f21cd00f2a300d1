"""Bodies that nearly are requests: each is answered, none with a defect, and the server goes on."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = [
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
]

PREDICT, INFER = "/v1/models/m:predict", "/v2/models/m/infer"
GOOD = {"instances": [{"name": "n", "x": 1.5}]}
LENGTH = "inference-header-content-length"

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats().filter(lambda number: number != float("-inf")),  # what the model itself fails on
    st.text(max_size=3),
    st.builds(lambda text: {"b64": text}, st.sampled_from(["", "YQ==", "YQ", "?", "é"])),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xb"), inner), max_leaves=6
)
REQUESTS = {
    PREDICT: [
        {"signature_name": "", "instances": [{"name": "n", "x": 1.5}, {"name": {"b64": "YQ=="}, "x": 2}]},
        {"signature_name": "serving_default", "inputs": {"name": ["n", "o"], "x": [1, 2]}},
        {"signature_name": "sums", "instances": [[1, 2], [3, 4]]},
        {"signature_name": "mean", "inputs": [1, 2.5]},
        {"signature_name": "total", "instances": [1, 2.5]},
    ],
    INFER: [
        {
            "id": "i",
            "parameters": {"binary_data_output": False},
            "inputs": [
                {"name": "name", "shape": [2], "datatype": "BYTES", "data": ["n", "o"]},
                {"name": "x", "shape": [2], "datatype": "FP32", "data": [1, 2.5]},
            ],
            "outputs": [{"name": "echo", "parameters": {"binary_data": True}}],
        },
        {
            "parameters": {"signature_name": "sums"},
            "inputs": [{"name": "values", "shape": [1, 2], "datatype": "INT64", "data": [[1, 2]]}],
        },
        {
            "parameters": {"signature_name": "total"},
            "inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "parameters": {"binary_data_size": 4}}],
        },
    ],
}


def changed(value, draw):
    """A copy of a request in which one thing is another, missing, twice there, or unexpected."""
    if not isinstance(value, dict | list) or not value or not draw(st.integers(0, 4)):
        return draw(values)
    places = list(value) if isinstance(value, dict) else range(len(value))
    place = draw(st.sampled_from(list(places)))
    copy = value.copy()
    what = draw(st.sampled_from(["deeper", "deeper", "deeper", "missing", "more"]))
    if what == "deeper":
        copy[place] = changed(value[place], draw)
    elif what == "missing":
        del copy[place]
    elif isinstance(copy, dict):
        copy["more"] = draw(values)
    else:
        copy.append(copy[place])
    return copy


quick = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def posting(rest_server, arithmetic_model):
    """Posts a body, and holds what comes back to the rules; gives the status."""
    loop = asyncio.new_event_loop()

    async def make():
        rest = rest_server()
        rest.serve("m", 1, arithmetic_model())
        return rest

    rest = loop.run_until_complete(make())

    def post(path, body, headers=()):
        got = loop.run_until_complete(rest.ask("POST", path, body, headers))
        if got.status != 200:
            assert got.status in (400, 501)
            assert 10 < len(got.error) < 1500
        assert loop.run_until_complete(rest.ask("POST", PREDICT, GOOD)).status == 200
        assert rest.plane.in_flight == 0
        return got.status

    yield post
    loop.close()


def written(value) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("path", REQUESTS)
def test_requests_with_something_wrong(posting, path):
    @quick
    @given(data=st.data(), raw=st.sampled_from([b"", b"1234"]))
    def hold(data, raw):
        text = written(changed(data.draw(st.sampled_from(REQUESTS[path])), data.draw))
        posting(path, text + raw, {LENGTH: str(len(text))} if raw else {})

    hold()


@quick
@given(data=st.data())
def test_damaged_bodies(posting, data):
    body = bytearray(written(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        if data.draw(st.booleans()):
            body[place] = data.draw(st.integers(0, 255))
        else:
            del body[place : place + data.draw(st.integers(1, 9))]
        if not body:
            break
    posting(PREDICT, bytes(body))


@quick
@given(body=st.binary(max_size=40), encoding=st.sampled_from(["gzip", "deflate", "br", "", "\xff"]))
def test_noise(posting, body, encoding):
    posting(PREDICT, body, {"content-encoding": encoding})
