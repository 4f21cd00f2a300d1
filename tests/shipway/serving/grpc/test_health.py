"""gRPC's health protocol and reflection, by their own clients."""

import pytest

pytestmark = pytest.mark.tensorflow

UNKNOWN, SERVING, NOT_SERVING = 0, 1, 2


@pytest.fixture
def health(channel):
    from grpc_health.v1.health_pb2_grpc import HealthStub

    return HealthStub(channel)


def asked(service):
    from grpc_health.v1.health_pb2 import HealthCheckRequest

    return HealthCheckRequest(service=service)


SERVER = ("", "tensorflow.serving.PredictionService", "inference.GRPCInferenceService", "ModelService")


@pytest.mark.parametrize("service", SERVER)
def test_the_server_serves_when_every_model_does(health, running, service):
    assert health.Check(asked(service)).status == SERVING
    running.lifecycle.is_ready = False
    assert health.Check(asked(service)).status == NOT_SERVING
    running.lifecycle.is_ready = True


def test_each_model_has_its_own_health(health, refused):
    assert health.Check(asked("m")).status == SERVING
    assert health.Check(asked("later")).status == NOT_SERVING
    code, details = refused(health.Check, asked("no"))
    assert (code, "called 'no'" in details) == ("NOT_FOUND", True)


def test_a_server_that_drains_does_not_serve(health, running):
    running.plane.is_draining = True
    assert [health.Check(asked(service)).status for service in ("", "m")] == [NOT_SERVING] * 2
    running.plane.is_draining = False


def test_a_watcher_hears_of_changes_and_of_the_end(start_server):
    import grpc
    from grpc_health.v1.health_pb2_grpc import HealthStub

    server = start_server()
    with grpc.insecure_channel(server.address) as channel:
        answers = HealthStub(channel).Watch(asked(""))
        assert next(answers).status == SERVING
        server.lifecycle.is_ready = False
        assert next(answers).status == NOT_SERVING
        server.lifecycle.is_ready = True
        assert next(answers).status == SERVING
        nobody = HealthStub(channel).Watch(asked("no"))
        assert next(nobody).status == 3
        server.stop(grace_seconds=10)
        assert [answer.status for answer in answers] == [NOT_SERVING]


def test_no_more_watch_than_may(start_server, monkeypatch):
    import grpc
    from grpc_health.v1.health_pb2_grpc import HealthStub

    monkeypatch.setattr("shipway.serving.grpc.health_service.MOST_WATCHERS", 1)
    server = start_server()
    with grpc.insecure_channel(server.address) as channel:
        first = HealthStub(channel).Watch(asked(""))
        next(first)
        with pytest.raises(grpc.RpcError) as caught:
            next(HealthStub(channel).Watch(asked("")))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        first.cancel()


def test_services_and_messages_are_described(channel):
    from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
    from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

    questions = [
        ServerReflectionRequest(list_services=""),
        ServerReflectionRequest(file_containing_symbol="tensorflow.serving.PredictionService"),
        ServerReflectionRequest(file_containing_symbol="inference.GRPCInferenceService"),
        ServerReflectionRequest(file_containing_symbol="no.Such"),
    ]
    listed, tensorflow, inference, none = ServerReflectionStub(channel).ServerReflectionInfo(iter(questions))
    assert [service.name for service in listed.list_services_response.service] == [
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
        "inference.GRPCInferenceService",
        "tensorflow.serving.ModelService",
        "tensorflow.serving.PredictionService",
    ]
    assert b"MultiInference" in b"".join(tensorflow.file_descriptor_response.file_descriptor_proto)
    assert b"ModelInfer" in b"".join(inference.file_descriptor_response.file_descriptor_proto)
    assert none.error_response.error_code == 5
