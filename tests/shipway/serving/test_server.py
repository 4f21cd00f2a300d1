"""The whole server in this process: what its start tells, and what it leaves behind."""

import asyncio

import pytest

from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions

pytestmark = pytest.mark.tensorflow


def options(base_path, **more):
    return ServerOptions(
        model_base_path=str(base_path), rest_api_port=ANY_FREE_PORT, port=ANY_FREE_PORT, max_num_load_retries=0, **more
    )


def test_versions_that_cannot_be_loaded_end_the_start_with_their_reason(tmp_path):
    from shipway.serving.server import ModelServer, NothingLoaded

    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"no model")

    async def scenario():
        server = ModelServer(options(tmp_path))
        await server.start()
        try:
            with pytest.raises(NothingLoaded, match="default version 1: "):
                await asyncio.wait_for(server.first_load(), 60)
        finally:
            await server.stop()

    asyncio.run(scenario())


def test_a_base_path_that_is_not_there_yet_is_waited_for(tmp_path):
    from shipway.serving.server import ModelServer

    async def scenario():
        server = ModelServer(options(tmp_path / "later", file_system_poll_wait_seconds=1))
        await server.start()
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(server.first_load(), 0.6)
            assert server.rest_port != server.grpc_port
            assert min(server.rest_port, server.grpc_port) > 0
            assert server.served() == ["default version none"]
        finally:
            await server.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("intra_op_parallelism_threads: 3", (3, 2)), ("inter_op_parallelism_threads: 7", (0, 2))],
)
def test_flags_override_the_threads_of_the_session_config(tmp_path, text, expected):
    from tensorflow.core.protobuf.config_pb2 import ConfigProto

    from shipway.serving.session_config import session_config

    file = tmp_path / "session.config"
    file.write_text(text)
    given = ServerOptions(tensorflow_session_config_file=file, tensorflow_inter_op_parallelism=2)
    config = ConfigProto.FromString(session_config(given))
    assert (config.intra_op_parallelism_threads, config.inter_op_parallelism_threads) == expected
    assert session_config(ServerOptions()) == b""


def test_a_traffic_file_that_cannot_be_used_is_told_before_anything_is_loaded(tmp_path):
    from shipway.serving.config.traffic import InvalidTraffic
    from shipway.serving.server import ModelServer

    (tmp_path / "traffic.yaml").write_text("models: {default: {arms: many}}\n")
    with pytest.raises(InvalidTraffic, match=r"traffic\.yaml.*arms"):
        ModelServer(options(tmp_path, traffic_config_file=tmp_path / "traffic.yaml"))


def test_batching_threads_have_the_name_that_the_parameters_give(tmp_path):
    from shipway.serving.batching.rules import rules_of
    from shipway.serving.config.batching_parameters import parse_batching_parameters

    parameters = parse_batching_parameters('thread_pool_name { value: "flights" }')
    assert rules_of(parameters).thread_name == "flights"
