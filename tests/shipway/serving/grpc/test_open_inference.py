"""kserve's own client is served, typed and raw."""

import struct

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow

TYPED = {
    "bool": ("BOOL", "bool_contents"),
    "int8": ("INT8", "int_contents"),
    "int16": ("INT16", "int_contents"),
    "int32": ("INT32", "int_contents"),
    "int64": ("INT64", "int64_contents"),
    "uint8": ("UINT8", "uint_contents"),
    "uint16": ("UINT16", "uint_contents"),
    "uint32": ("UINT32", "uint_contents"),
    "uint64": ("UINT64", "uint64_contents"),
    "float32": ("FP32", "fp32_contents"),
    "float64": ("FP64", "fp64_contents"),
    "string": ("BYTES", "bytes_contents"),
}


@pytest.fixture(scope="module")
def pb():
    """The messages as the server loads them; kserve itself is imported after that, for its stub."""
    from shipway.serving.grpc.open_inference.messages import messages

    return messages()


@pytest.fixture(scope="module")
def stub(pb, channel):
    from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

    return GRPCInferenceServiceStub(channel)


def values(dtype):
    if dtype == "string":
        return [b"a\0", b"", "é".encode(), b"z"]
    if dtype == "bool":
        return [True, False, False, True]
    if dtype.startswith("float"):
        return [0.5, float("-inf"), -0.0, 3.0]
    limits = np.iinfo(dtype)
    return [limits.min, limits.max, 0, 1]


def infer(pb, inputs, signature="", **fields):
    made = pb.ModelInferRequest(**{"model_name": "m", **fields})
    if signature:
        made.parameters["signature_name"].string_param = signature
    for name, datatype, shape, contents in inputs:
        made.inputs.add(name=name, datatype=datatype, shape=shape, contents=contents)
    return made


def pair(pb, **fields):
    inputs = [("a", "FP32", [1], {"fp32_contents": [1.5]}), ("b", "BYTES", [1], {"bytes_contents": [b"x"]})]
    return infer(pb, inputs, **fields)


@pytest.mark.parametrize("dtype", TYPED)
@pytest.mark.parametrize(("rank", "shape"), [("_vector", [4]), ("_matrix", [2, 2]), ("", [1, 4, 1])])
def test_typed_contents_come_back_typed(pb, stub, dtype, rank, shape):
    datatype, field = TYPED[dtype]
    response = stub.ModelInfer(infer(pb, [("x", datatype, shape, {field: values(dtype)})], dtype + rank))
    (tensor,) = response.outputs
    assert (tensor.name, tensor.datatype, list(tensor.shape)) == ("y", datatype, shape)
    assert list(getattr(tensor.contents, field)) == values(dtype)
    assert not response.raw_output_contents


@pytest.mark.parametrize("dtype", [*TYPED, "float16"])
@pytest.mark.parametrize(("rank", "shape"), [("_vector", [4]), ("_matrix", [2, 2])])
def test_raw_contents_come_back_raw(pb, stub, dtype, rank, shape):
    datatype = "FP16" if dtype == "float16" else TYPED[dtype][0]
    raw = b"".join(struct.pack("<I", len(v)) + v for v in values(dtype)) if dtype == "string" else (
        np.array(values(dtype), dtype).tobytes()
    )  # fmt: skip
    response = stub.ModelInfer(infer(pb, [("x", datatype, shape, None)], dtype + rank, raw_input_contents=[raw]))
    (tensor,) = response.outputs
    assert (tensor.datatype, list(tensor.shape), tensor.HasField("contents")) == (datatype, shape, False)
    assert list(response.raw_output_contents) == [raw]


def test_the_answer_names_what_gave_it_and_the_request(pb, stub):
    response, call = stub.ModelInfer.with_call(pair(pb, id="mine"))
    assert (response.model_name, response.model_version, response.id) == ("m", "2", "mine")
    assert dict(call.trailing_metadata())["x-tracking-id"] == "mine"
    response, call = stub.ModelInfer.with_call(pair(pb, id="mine"), metadata=[("x-tracking-id", "other")])
    assert (response.id, dict(call.trailing_metadata())["x-tracking-id"]) == ("mine", "other")
    response, call = stub.ModelInfer.with_call(pair(pb, id="é"))
    assert (response.id, len(dict(call.trailing_metadata())["x-tracking-id"])) == ("é", 24)
    response, call = stub.ModelInfer.with_call(pair(pb))
    assert response.id == dict(call.trailing_metadata())["x-tracking-id"]


@pytest.mark.parametrize(("version", "got"), [("1", "1"), ("stable", "1"), ("", "2")])
def test_a_version_may_be_chosen(pb, stub, version, got):
    assert stub.ModelInfer(pair(pb, model_version=version)).model_version == got


def test_outputs_may_be_chosen(pb, stub):
    asked = pair(pb)
    asked.outputs.add(name="b")
    assert [output.name for output in stub.ModelInfer(asked).outputs] == ["b"]


def test_parameters_that_mean_nothing_here_are_left_alone(pb, stub):
    asked = pair(pb)
    asked.parameters["priority"].int64_param = 3
    asked.inputs[0].parameters["binary_data_size"].int64_param = 4
    asked.outputs.add(name="a").parameters["binary_data"].bool_param = True
    assert list(stub.ModelInfer(asked).outputs[0].contents.fp32_contents) == [1.5]


def with_outputs(pb, *names):
    asked = pair(pb)
    for name in names:
        asked.outputs.add(name=name)
    return asked


def x(pb, datatype, shape, contents, signature="float32", **fields):
    return infer(pb, [("x", datatype, shape, contents)], signature, **fields)


def wrong_parameter(pb):
    asked = pair(pb)
    asked.parameters["signature_name"].int64_param = 1
    return asked


@pytest.mark.parametrize(
    ("make", "code", "sentence"),
    [
        (lambda pb: pair(pb, model_name="no"), "NOT_FOUND", "Latest(no)"),
        (lambda pb: pair(pb, model_name=""), "NOT_FOUND", "Latest()"),
        (lambda pb: pair(pb, model_name="later"), "UNAVAILABLE", "No version of later"),
        (lambda pb: pair(pb, model_version="9"), "NOT_FOUND", "Specific(m, 9)"),
        (lambda pb: pair(pb, model_version="no"), "INVALID_ARGUMENT", "Unrecognized servable version label: no"),
        (lambda pb: pair(pb, signature="no"), "INVALID_ARGUMENT", '"no" not found in signature def'),
        (wrong_parameter, "INVALID_ARGUMENT", "'signature_name' is no string_param"),
        (lambda pb: infer(pb, []), "INVALID_ARGUMENT", "The input 'a' is missing: the signature takes a, b."),
        (lambda pb: x(pb, "FP32", [1], {"fp32_contents": [1]}, ""), "INVALID_ARGUMENT", "'x' is not the signature's"),
        (
            lambda pb: infer(pb, [("x", "FP32", [1], {"fp32_contents": [1]})] * 2, "float32"),
            "INVALID_ARGUMENT",
            "twice",
        ),
        (
            lambda pb: x(pb, "FP64", [1], {"fp64_contents": [1]}),
            "INVALID_ARGUMENT",
            "takes FP32 and was sent as 'FP64'",
        ),
        (lambda pb: x(pb, "nonsense", [1], {}), "INVALID_ARGUMENT", "takes FP32 and was sent as 'nonsense'"),
        (
            lambda pb: x(pb, "FP32", [2], {"fp32_contents": [1]}),
            "INVALID_ARGUMENT",
            "has 1 values in the field for FP32",
        ),
        (
            lambda pb: x(pb, "FP32", [1], {"int_contents": [1]}),
            "INVALID_ARGUMENT",
            "has 0 values in the field for FP32",
        ),
        (lambda pb: x(pb, "FP32", [-1], {"fp32_contents": [1]}), "INVALID_ARGUMENT", "has the shape [-1]"),
        (lambda pb: x(pb, "FP32", [2**62, 0], {}), "INVALID_ARGUMENT", "has the shape"),
        (lambda pb: x(pb, "INT8", [1], {"int_contents": [128]}, "int8"), "INVALID_ARGUMENT", "INT8 cannot hold it"),
        (lambda pb: x(pb, "FP16", [1], {}, "float16"), "INVALID_ARGUMENT", "has no typed field: send it raw"),
        (
            lambda pb: x(pb, "FP32", [1], {}, "complex64"),
            "UNIMPLEMENTED",
            "complex64, which the Open Inference Protocol",
        ),
        (lambda pb: x(pb, "FP32", [1], None, raw_input_contents=[b"123"]), "INVALID_ARGUMENT", "3 bytes of data"),
        (lambda pb: x(pb, "FP32", [2**62, 0], None, raw_input_contents=[b""]), "INVALID_ARGUMENT", "has the shape"),
        (
            lambda pb: x(pb, "FP32", [1], None, raw_input_contents=[b""] * 2),
            "INVALID_ARGUMENT",
            "2 raw_input_contents came",
        ),
        (
            lambda pb: x(pb, "FP32", [1], {"fp32_contents": [1]}, raw_input_contents=[b"1234"]),
            "INVALID_ARGUMENT",
            "has contents beside raw_input_contents",
        ),
        (
            lambda pb: x(pb, "BYTES", [1], None, "string", raw_input_contents=[b"\x05\0\0\0ab"]),
            "INVALID_ARGUMENT",
            "is not 1 elements for its shape [1]",
        ),
        (
            lambda pb: with_outputs(pb, "no"),
            "INVALID_ARGUMENT",
            "The output 'no' cannot be given: ask for each of a, b",
        ),
        (lambda pb: with_outputs(pb, "a", "a"), "INVALID_ARGUMENT", "The output 'a' cannot be given"),
    ],
)
def test_a_wrong_request_is_told_and_the_server_goes_on(pb, stub, refused, make, code, sentence):
    got, details = refused(stub.ModelInfer, make(pb))
    assert (got, sentence in details) == (code, True), details
    assert stub.ModelInfer(pair(pb)).model_name == "m"


def test_the_server_says_what_it_is(pb, stub, running):
    assert stub.ServerLive(pb.ServerLiveRequest()).live
    assert stub.ServerReady(pb.ServerReadyRequest()).ready
    running.lifecycle.is_ready = False
    assert not stub.ServerReady(pb.ServerReadyRequest()).ready
    running.lifecycle.is_ready = True
    metadata = stub.ServerMetadata(pb.ServerMetadataRequest())
    assert (metadata.name, "model_repository" in metadata.extensions) == ("shipway", True)


@pytest.mark.parametrize(("name", "version", "ready"), [("m", "", True), ("m", "1", True), ("later", "", False)])
def test_a_model_is_ready_or_not(pb, stub, name, version, ready):
    assert stub.ModelReady(pb.ModelReadyRequest(name=name, version=version)).ready is ready


def test_an_unknown_model_is_not_found(pb, stub, refused):
    assert refused(stub.ModelReady, pb.ModelReadyRequest(name="no"))[0] == "NOT_FOUND"
    assert refused(stub.ModelReady, pb.ModelReadyRequest(name="m", version="9"))[0] == "NOT_FOUND"
    assert refused(stub.ModelMetadata, pb.ModelMetadataRequest(name="no"))[0] == "NOT_FOUND"
    assert refused(stub.RepositoryModelLoad, pb.RepositoryModelLoadRequest(model_name="no"))[0] == "NOT_FOUND"


def test_a_model_is_described_by_its_default_signature(pb, stub):
    metadata = stub.ModelMetadata(pb.ModelMetadataRequest(name="m", version="1"))
    assert (metadata.name, list(metadata.versions), metadata.platform) == ("m", ["1", "2"], "echo")
    assert [(t.name, t.datatype, list(t.shape)) for t in metadata.inputs] == [("a", "FP32", [-1]), ("b", "BYTES", [-1])]


def test_models_are_loaded_and_unloaded(pb, stub, running):
    running.lifecycle.done.clear()
    loaded = stub.RepositoryModelLoad(pb.RepositoryModelLoadRequest(model_name="m"))
    unloaded = stub.RepositoryModelUnload(pb.RepositoryModelUnloadRequest(model_name="m"))
    assert (loaded.model_name, loaded.isLoaded, unloaded.model_name, unloaded.isUnloaded) == ("m", True, "m", True)
    assert running.lifecycle.done == ["+m", "-m"]


@pytest.mark.parametrize(("ready", "names"), [(False, ["m", "m", "later"]), (True, ["m", "m"])])
def test_the_repository_is_listed(channel, ready, names):
    from shipway.serving.grpc.open_inference.messages import index_messages

    kinds = index_messages()
    method = channel.unary_unary("/inference.GRPCInferenceService/RepositoryIndex")
    request = kinds["RepositoryIndexRequest"](ready=ready)
    response = kinds["RepositoryIndexResponse"].FromString(method(request.SerializeToString()))
    assert [model.name for model in response.models] == names
    assert (response.models[0].version, response.models[0].state) == ("1", "READY")


def test_kserve_imported_later_shares_the_messages(pb, stub):
    from kserve.protocol.grpc import grpc_predict_v2_pb2 as kserves

    assert kserves.ModelInferRequest is pb.ModelInferRequest
