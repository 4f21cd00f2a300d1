"""The server's addresses, limits and guards, and how it ends."""

import logging

import pytest

from shipway.serving.config.options import ServerOptions

pytestmark = pytest.mark.tensorflow

TOKEN = "0123456789abcdef"
PREDICT = "/tensorflow.serving.PredictionService/Predict"
INFERENCE = "/inference.GRPCInferenceService"


def predict_request(rows=1):
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    made = PredictRequest()
    made.model_spec.name = "m"
    made.inputs["a"].CopyFrom(tf.make_tensor_proto([1.5] * rows, tf.float32))
    made.inputs["b"].CopyFrom(tf.make_tensor_proto(["x"] * rows, tf.string))
    return made.SerializeToString()


def ask(target, path, message=b"", credentials=None, options=(), **keywords):
    import grpc

    opened = grpc.insecure_channel(target, options) if credentials is None else (
        grpc.secure_channel(target, credentials, options)
    )  # fmt: skip
    with opened as channel:
        return channel.unary_unary(path)(message, timeout=10, wait_for_ready=True, **keywords)


def refusal(*args, **keywords):
    import grpc

    with pytest.raises(grpc.RpcError) as caught:
        ask(*args, **keywords)
    return caught.value.code().name, caught.value.details()


def test_a_port_that_is_taken_is_told(running, start_server):
    from shipway.serving.grpc.server import CannotServeGrpc

    with pytest.raises(CannotServeGrpc, match=f"cannot listen for gRPC on 127.0.0.1:{running.port}: stop what listens"):
        start_server(address=f"127.0.0.1:{running.port}")


def test_a_unix_socket_serves_alone_and_beside_a_port(start_server, tmp_path):
    for address in ("", "127.0.0.1:0"):
        path = tmp_path / "s"
        server = start_server(ServerOptions(grpc_socket_path=path), address=address)
        assert ask(f"unix:{path}", PREDICT, predict_request())
        assert bool(server.port) == bool(address)
        server.stop()


def test_a_message_that_is_too_large_is_refused(start_server):
    server = start_server(ServerOptions(max_request_bytes=2000))
    assert ask(server.address, PREDICT, predict_request(10))
    code, details = refusal(server.address, PREDICT, predict_request(1000))
    assert (code, "larger than max" in details) == ("RESOURCE_EXHAUSTED", True), details


def test_channel_arguments_reach_grpc(start_server):
    arguments = (("grpc.max_receive_message_length", 100),)
    server = start_server(ServerOptions(grpc_channel_arguments=arguments))
    assert refusal(server.address, PREDICT, predict_request(1000))[0] == "RESOURCE_EXHAUSTED"


def test_answers_may_come_as_tensor_content(start_server):
    from tensorflow_serving.apis.predict_pb2 import PredictResponse

    server = start_server(ServerOptions(enable_serialization_as_tensor_content=True))
    outputs = PredictResponse.FromString(ask(server.address, PREDICT, predict_request())).outputs
    assert (outputs["a"].tensor_content, outputs["b"].string_val[:]) == (b"\0\0\xc0?", [b"x"])


def test_method_names_are_checked_where_that_is_asked_for(start_server):
    server = start_server(ServerOptions(enable_signature_method_name_check=True))
    code, details = refusal(server.address, PREDICT, predict_request())
    assert (code, "method_name to be one of" in details) == ("INVALID_ARGUMENT", True), details


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN)
    return path


def test_everything_but_health_wants_the_token(start_server, token_file):
    from grpc_health.v1.health_pb2 import HealthCheckResponse
    from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

    server = start_server(ServerOptions(token_file=token_file))
    for path in (PREDICT, "/tensorflow.serving.ModelService/GetModelStatus", f"{INFERENCE}/ModelReady"):
        assert refusal(server.address, path, b"nonsense") == (
            "UNAUTHENTICATED",
            "The request has no token: send the header 'authorization: Bearer TOKEN'.",
        )
    assert refusal(server.address, PREDICT, metadata=[("authorization", "Bearer no")])[0] == "UNAUTHENTICATED"
    assert ask(server.address, PREDICT, predict_request(), metadata=[("authorization", f"Bearer {TOKEN}")])
    checked = ask(server.address, "/grpc.health.v1.Health/Check")
    assert HealthCheckResponse.FromString(checked).status == HealthCheckResponse.SERVING
    assert ask(server.address, f"{INFERENCE}/ServerLive") == b"\x08\x01"
    assert ask(server.address, f"{INFERENCE}/ServerReady") == b"\x08\x01"

    question = [ServerReflectionRequest(list_services="").SerializeToString()]
    assert reflected(server, question) == "UNAUTHENTICATED"
    assert reflected(server, question, metadata=[("authorization", f"Bearer {TOKEN}")]) == 1


def reflected(server, questions, **keywords):
    import grpc

    with grpc.insecure_channel(server.address) as channel:
        method = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        try:
            return len(list(method(iter(questions), timeout=10, **keywords)))
        except grpc.RpcError as error:
            return error.code().name


def test_tls_is_spoken_where_there_are_credentials(start_server, certificate):
    import grpc

    key, pem = certificate
    server = start_server(credentials=grpc.ssl_server_credentials([(key, pem)]))
    trusted = grpc.ssl_channel_credentials(pem)
    assert ask(server.address, PREDICT, predict_request(), trusted)


@pytest.fixture(scope="module")
def certificate():
    """A key and its own certificate for localhost, in PEM."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, made.public_bytes(serialization.Encoding.PEM)


def test_health_may_be_left_out(start_server):
    server = start_server(ServerOptions(enable_grpc_healthcheck_service=False))
    assert refusal(server.address, "/grpc.health.v1.Health/Check")[0] == "UNIMPLEMENTED"


def test_an_unknown_method_is_unimplemented(running):
    assert refusal(running.address, "/tensorflow.serving.PredictionService/No")[0] == "UNIMPLEMENTED"


@pytest.mark.parametrize("method", ["Predict", "Classify", "Regress", "MultiInference", "GetModelMetadata"])
@pytest.mark.parametrize("message", [b"\xff", b"\x0a\x05ab", b"\x0a\x02\x0a\xff", b"\x0a\x04\x0a\x02\xff\xff"])
def test_bytes_that_are_no_message_are_the_callers_fault(running, method, message, caplog):
    code, details = refusal(running.address, f"/tensorflow.serving.PredictionService/{method}", message)
    assert (code, "The request is no valid " in details) == ("INVALID_ARGUMENT", True), details
    assert ask(running.address, PREDICT, predict_request())
    assert not caplog.records


@pytest.mark.parametrize("method", ["ModelInfer", "ModelReady", "ModelMetadata", "ServerLive", "RepositoryModelLoad"])
def test_so_it_is_in_the_open_inference_protocol(running, method):
    code, details = refusal(running.address, f"{INFERENCE}/{method}", b"\x0a\x02\xff\xff\xff")
    assert (code, "The request is no valid " in details) == ("INVALID_ARGUMENT", True), details


def test_every_cut_and_every_flip_of_a_message_is_answered_without_a_defect(running, caplog):
    import random

    import grpc

    caplog.set_level(logging.WARNING)
    good, chance = predict_request(2), random.Random(7)
    messages = [good[:end] for end in range(len(good))]
    for _ in range(300):
        at = chance.randrange(len(good))
        messages.append(good[:at] + bytes([chance.randrange(256)]) + good[at + 1 :])
    codes = set()
    with grpc.insecure_channel(running.address) as channel:
        calls = [channel.unary_unary(PREDICT).future(message, timeout=20) for message in messages]
        for call in calls:
            codes.add(call.code().name)
    assert codes <= {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "UNAVAILABLE"}
    assert "INTERNAL" not in codes
    assert not caplog.records
    assert ask(running.address, PREDICT, predict_request())


def test_a_long_sentence_is_cut(running):
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    made = PredictRequest()
    made.model_spec.name = "é" * 5000
    code, details = refusal(running.address, PREDICT, made.SerializeToString())
    assert (code, details.endswith("...TRUNCATED"), len(details.encode()) < 1100) == ("NOT_FOUND", True, True)


def test_requests_under_way_are_answered_when_the_server_stops(start_server):
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    server = start_server()
    request = PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "m", "slow"
    request.inputs["x"].CopyFrom(tf.make_tensor_proto([2.5], tf.float32))
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary(PREDICT).future(request.SerializeToString(), timeout=20)
        while "slow" not in server.model.calls:
            assert not call.done()
        server.loop.call_soon_threadsafe(server.loop.call_later, 0.3, server.model.gate.set)
        server.stop(grace_seconds=10)
        assert call.result()
