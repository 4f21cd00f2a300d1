import argparse
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.errors import UsageError
from shipway.serving.config.flag_table import GROUPS
from shipway.serving.config.flags import FIELDS, add_flags, read_options
from shipway.serving.config.options import ServerOptions

FLAGS_OF_TENSORFLOW_MODEL_SERVER = """
port grpc_socket_path rest_api_port rest_api_num_threads rest_api_timeout_in_ms rest_api_enable_cors_support
enable_batching allow_version_labels_for_unavailable_models batching_parameters_file
enable_per_model_batching_parameters model_config_file model_config_file_poll_wait_seconds model_name model_base_path
num_load_threads num_unload_threads max_num_load_retries load_retry_interval_micros file_system_poll_wait_seconds
flush_filesystem_caches tensorflow_session_parallelism tensorflow_session_config_file tensorflow_intra_op_parallelism
tensorflow_inter_op_parallelism use_alts_credentials ssl_config_file platform_config_file
per_process_gpu_memory_fraction saved_model_tags grpc_channel_arguments grpc_max_threads enable_model_warmup
num_request_iterations_for_warmup monitoring_config_file remove_unused_fields_from_bundle_metagraph
prefer_tflite_model num_tflite_pools num_tflite_interpreters_per_pool enable_signature_method_name_check
xla_cpu_compilation_enabled xla_gpu_compilation_enabled enable_profiler thread_pool_factory_config_file mixed_precision
skip_initialize_tpu enable_grpc_healthcheck_service enable_serialization_as_tensor_content
"""


def options_of(*words: str) -> ServerOptions:
    parser = argparse.ArgumentParser(prog="shipway serve")
    parser.add_argument("pushed", nargs="?")
    add_flags(parser)
    return read_options(parser.parse_args(words))


def refusal(*words: str) -> str:
    with pytest.raises(UsageError) as caught:
        options_of(*words)
    return str(caught.value)


def test_without_flags_the_options_are_the_defaults():
    options = options_of()
    assert options == ServerOptions()
    assert options.given == frozenset()
    assert (options.port, options.rest_api_port, options.enable_batching) == (8500, 8501, None)


def test_every_flag_of_tensorflow_model_server_is_taken():
    assert set(FLAGS_OF_TENSORFLOW_MODEL_SERVER.split()) <= set(FIELDS)


def test_every_option_is_a_flag_and_every_flag_an_option():
    names = [flag.name for flags in GROUPS.values() for flag in flags]
    assert sorted(names) == sorted(FIELDS)


@pytest.mark.parametrize("words", [("--rest_api_port=9001",), ("--rest-api-port", "9001"), ("--rest-api-port=9001",)])
def test_both_spellings(words):
    options = options_of(*words)
    assert options.rest_api_port == 9001
    assert options.given == {"rest_api_port"}


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("--enable_batching",), True),
        (("--enable-batching",), True),
        (("--enable_batching=true",), True),
        (("--enable_batching=True",), True),
        (("--enable_batching=1",), True),
        (("--enable_batching=false",), False),
        (("--enable_batching=0",), False),
        ((), None),
    ],
)
def test_a_boolean_alone_or_with_its_value(words, value):
    assert options_of(*words).enable_batching is value


def test_a_command_line_as_it_is_written_for_tensorflow_serving(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("models.config").touch()
    Path("batching.txt").touch()
    options = options_of(
        "--port=8500",
        "--rest_api_port=8501",
        "--model_config_file=models.config",
        "--model_config_file_poll_wait_seconds=60",
        "--enable_batching=true",
        "--batching_parameters_file=batching.txt",
        "--tensorflow_intra_op_parallelism=4",
        "--per_process_gpu_memory_fraction=0.5",
        "--load_retry_interval_micros=-1",
        "--saved_model_tags=serve,gpu",
        "--grpc_channel_arguments=grpc.max_connection_age_ms=2000,grpc.so_name=x",
    )
    assert options.model_config_file == tmp_path / "models.config"
    assert options.batching_parameters_file == tmp_path / "batching.txt"
    assert options.per_process_gpu_memory_fraction == 0.5
    assert options.load_retry_interval_micros == -1
    assert options.saved_model_tags == ("serve", "gpu")
    assert options.grpc_channel_arguments == (("grpc.max_connection_age_ms", 2000), ("grpc.so_name", "x"))


def test_empty_texts_are_what_was_not_given():
    options = options_of("--model_config_file=", "--ssl_config_file=", "--grpc_channel_arguments=", "--tracing=")
    assert options == ServerOptions()


def test_help_shows_each_flag_once_with_its_default(capsys):
    with pytest.raises(SystemExit):
        options_of("--help")
    text = capsys.readouterr().out
    assert "--rest-api-port" not in text
    assert "(default: 8501)" in text
    assert "where it listens" in text


def test_the_usage_is_short_unless_the_parser_has_its_own(capsys):
    parser = argparse.ArgumentParser(prog="shipway serve")
    add_flags(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--port"])
    assert capsys.readouterr().err == (
        "usage: shipway serve [--FLAG[=VALUE] ...]\nshipway serve: error: argument --port: expected one argument\n"
    )
    parser = argparse.ArgumentParser(prog="shipway serve", usage="%(prog)s [PUSHED]")
    add_flags(parser)
    assert parser.format_usage() == "usage: shipway serve [PUSHED]\n"


def test_version(capsys):
    with pytest.raises(SystemExit) as caught:
        options_of("--version")
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("Shipway model server: ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--port=x"], "The flag --port is 'x': give a whole number."),
        (["--port=1.5"], "The flag --port is '1.5': give a whole number."),
        (["--port=70000"], "The flag --port is 70000: give a number from -1 to 65535."),
        (["--port=-2"], "The flag --port is -2: give a number from -1 to 65535."),
        (["--drain_seconds=nan"], "The flag --drain_seconds is 'nan': give a number."),
        (["--drain_seconds=-1"], "The flag --drain_seconds is -1.0: give 0 or more."),
        (["--rest_api_timeout_in_ms=0"], "The flag --rest_api_timeout_in_ms is 0: give 1 or more."),
        (["--max_request_bytes=0"], "The flag --max_request_bytes is 0: give 1 or more."),
        (["--max_concurrent_requests=0"], "The flag --max_concurrent_requests is 0: give 1 or more."),
        (["--max_num_load_retries=-1"], "The flag --max_num_load_retries is -1: give 0 or more."),
        (["--file_system_poll_wait_seconds=-1"], "The flag --file_system_poll_wait_seconds is -1: give 0 or more."),
        (["--inference_log_sampling_rate=2"], "The flag --inference_log_sampling_rate is 2.0: give a number from 0"),
        (["--per_process_gpu_memory_fraction=50"], "The flag --per_process_gpu_memory_fraction is 50.0: give a"),
        (
            ["--enable_batching", "pushed/model"],
            "The flag --enable_batching is 'pushed/model': write --enable_batching=true or --enable_batching=false (a "
            "model's name goes before it).",
        ),
        (["--model_name="], "The flag --model_name is '': leave it away for the default, or give one."),
        (["--host="], "The flag --host is '': leave it away"),
        (["--saved_model_tags=,"], "The flag --saved_model_tags is ',': give tags with commas between them"),
        (["--grpc_channel_arguments=a"], "The flag --grpc_channel_arguments is 'a': give NAME=VALUE,NAME=VALUE"),
        (["--tracing=localhost:4318"], "The flag --tracing is 'localhost:4318': give a URL, such as http://"),
        (["--inference_log=https:///x"], "The flag --inference_log is 'https:///x': give a folder, or a URL with"),
        (
            ["--port=8500", "--rest_api_port=8500"],
            "The flags --port and --rest_api_port are both 8500: give each its own.",
        ),
        (
            ["--port=0", "--rest_api_port=0"],
            "The server would listen nowhere, because --port and --rest_api_port are both 0: turn one of them on, or "
            "give --grpc_socket_path.",
        ),
        (
            ["--use_alts_credentials"],
            "The flag --use_alts_credentials asks for ALTS, which this server does not have: use --ssl_config_file.",
        ),
        (
            [f"--tensorflow_{kind}_parallelism=2" for kind in ("session", "intra_op", "inter_op")],
            "The flags --tensorflow_session_parallelism and --tensorflow_intra_op_parallelism and "
            "--tensorflow_inter_op_parallelism are all given: give the first, or the other two.",
        ),
        (
            ["--host=0.0.0.0"],
            "The flag --host=0.0.0.0 lets other machines call the server, and nothing asks who they are: add "
            "--token_file or --ssl_config_file, or say --allow_insecure where the network itself is guarded.",
        ),
        (["--host=::"], "The flag --host=:: lets other machines"),
        (["--host=models.example.com"], "The flag --host=models.example.com lets other machines"),
    ],
)
def test_a_wrong_flag_is_one_sentence(words, sentence):
    assert refusal(*words).startswith(sentence)


def test_files_must_be_there(tmp_path):
    missing = tmp_path / "no.config"
    assert refusal(f"--model_config_file={missing}") == (
        f"The flag --model_config_file is '{missing}': no such file is there, give the path of one."
    )
    assert refusal(f"--token_file={tmp_path}").endswith("give the path of a file that can be read.")
    taken = tmp_path / "log"
    taken.touch()
    assert refusal(f"--inference_log={taken}").endswith("that is a file, give a folder or a URL.")


def test_batching_parameters_need_batching(tmp_path):
    file = tmp_path / "batching.txt"
    file.touch()
    sentence = "The flag --batching_parameters_file is given without --enable_batching: add --enable_batching."
    assert refusal(f"--batching_parameters_file={file}") == sentence
    assert refusal(f"--batching_parameters_file={file}", "--enable_batching=false") == sentence


def test_a_socket_needs_a_short_path_in_a_folder_that_is_there(tmp_path):
    socket = tmp_path / "s"
    assert options_of("--port=0", "--rest_api_port=0", f"--grpc_socket_path={socket}").grpc_socket_path == socket
    assert refusal("--grpc_socket_path=/no/folder/s") == (
        "The flag --grpc_socket_path is '/no/folder/s': make the folder '/no/folder' first."
    )
    assert refusal(f"--grpc_socket_path=/tmp/{'x' * 200}").endswith("give a path of at most 107 bytes.")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine_needs_no_guard(host):
    assert options_of(f"--host={host}").host == host


def test_beyond_this_machine_with_a_guard_or_when_told_so(tmp_path):
    token = tmp_path / "token"
    token.write_text("secret")
    assert options_of("--host=0.0.0.0", f"--token_file={token}").token_file == token
    assert options_of("--host=0.0.0.0", f"--ssl_config_file={token}").ssl_config_file == token
    assert options_of("--host=0.0.0.0", "--allow_insecure").allow_insecure


@given(st.text(max_size=12), st.sampled_from(sorted(FIELDS)))
def test_any_text_is_taken_or_refused_in_one_sentence(text, name):
    sentence = "."
    try:
        read_options(argparse.Namespace(**{name: text}))
    except UsageError as error:
        sentence = str(error)
    assert sentence.endswith(".")
