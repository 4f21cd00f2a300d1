"""A request of one row is read from the wire exactly as protobuf reads it, or not at all."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shipway.data.model.signature import Signature, TensorSpec

pytestmark = pytest.mark.tensorflow

DTYPES = {"a": "float32", "b": "int64", "c": "string", "d": "float64"}
FIELDS = {
    "float32": ("FP32", "fp32_contents"),
    "int64": ("INT64", "int64_contents"),
    "string": ("BYTES", "bytes_contents"),
    "float64": ("FP64", "fp64_contents"),
    "int32": ("INT32", "int_contents"),
}
VALUES = {"a": 1.5, "b": 300, "c": b"text", "d": 2.5}
rows = st.fixed_dictionaries(
    {
        "a": st.floats(width=32),
        "b": st.integers(-(2**63), 2**63 - 1),
        "c": st.binary(max_size=300),
        "d": st.floats(),
    }
)


@pytest.fixture(scope="module")
def messages():
    from shipway.serving.grpc.open_inference.messages import messages

    return messages()


@pytest.fixture(scope="module")
def make_reader():
    from shipway.serving.grpc.open_inference.infer_request import InferReader

    def make(dtypes=DTYPES):
        specs = {name: TensorSpec(name, dtype, (None,)) for name, dtype in dtypes.items()}
        return InferReader(Signature("serving_default", specs, {}))

    return make


@pytest.fixture(scope="module")
def start_of_inputs():
    from shipway.serving.grpc.open_inference.row_request import start_of_inputs

    return start_of_inputs


@pytest.fixture(scope="module")
def write(messages):
    def request(values, dtypes=DTYPES, shape=(1,), **texts):
        made = messages.ModelInferRequest(model_name="m", **texts)
        for name, value in values.items():
            datatype, field = FIELDS[dtypes[name]]
            made.inputs.add(name=name, datatype=datatype, shape=shape, contents={field: [value]})
        return made

    return request


def same(one, other):
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@given(values=rows, order=st.permutations(list(DTYPES)), answer_id=st.text(max_size=140))
@example(values=VALUES, order=list(DTYPES), answer_id="")
def test_what_is_read_is_what_protobuf_reads(make_reader, write, start_of_inputs, values, order, answer_id):
    reader = make_reader()
    reader.read(write({name: VALUES[name] for name in order}))
    request = write({name: values[name] for name in order}, id=answer_id)
    message = request.SerializeToString()
    start = start_of_inputs(message)
    row = reader.row_reader.read(message, start) if start else None
    expected = reader.read(request)
    if len(answer_id.encode()) < 128 and len(values["c"]) < 100:
        assert row is not None
    if row is not None:
        assert row.names == tuple(DTYPES)
        assert all(same(row[name][0], expected[name][0]) for name in DTYPES)


@given(data=st.data(), values=rows)
def test_damaged_messages_are_read_as_protobuf_reads_them_or_not_at_all(
    make_reader, write, start_of_inputs, messages, data, values
):
    reader = make_reader()
    reader.read(write(VALUES))
    message = bytearray(write(values).SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(message[: data.draw(st.integers(len(message) - 3, len(message)))])
    start = start_of_inputs(damaged)
    row = reader.row_reader.read(damaged, start) if start else None
    if row is not None:
        expected = reader.read(messages.ModelInferRequest.FromString(damaged))
        assert all(same(row[name][0], expected[name][0]) for name in DTYPES)


@pytest.mark.parametrize(
    "unusual",
    [
        {"shape": (1, 1)},
        {"raw_input_contents": [b"1"]},
        {"outputs": [{"name": "y"}]},
    ],
    ids=["shape", "raw", "outputs"],
)
def test_what_is_not_plain_is_left_to_the_general_reader(make_reader, write, start_of_inputs, unusual):
    reader = make_reader()
    reader.read(write(VALUES))
    message = write(VALUES, **unusual).SerializeToString()
    start = start_of_inputs(message)
    assert not start or reader.row_reader.read(message, start) is None


def test_parameters_are_left_to_the_general_reader(write, start_of_inputs):
    request = write(VALUES)
    request.parameters["signature_name"].string_param = "other"
    assert start_of_inputs(request.SerializeToString()) == 0


def test_nothing_is_read_before_a_request_was_seen_nor_of_other_types_or_inputs(make_reader, write, start_of_inputs):
    message = write(VALUES).SerializeToString()
    start = start_of_inputs(message)
    assert make_reader().row_reader.read(message, start) is None
    reader, dtypes = make_reader({"a": "int32"}), {"a": "int32"}
    reader.read(write({"a": 1}, dtypes))
    small = write({"a": 1}, dtypes).SerializeToString()
    assert reader.row_reader.read(small, start_of_inputs(small)) is None
    reader = make_reader()
    reader.read(write(VALUES))
    fewer = write({"a": 1.0}).SerializeToString()
    assert reader.row_reader.read(fewer, start_of_inputs(fewer)) is None
    assert reader.row_reader.read(message, start) is not None
