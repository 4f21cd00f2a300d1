import argparse

import pytest

from shipway.serving.config.effects import NEVER, SOMETIMES, without_effect
from shipway.serving.config.flags import FIELDS, add_flags, read_options
from shipway.serving.config.options import ServerOptions


def said(*words: str) -> list[str]:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return without_effect(read_options(parser.parse_args(words)))


def test_nothing_is_said_where_nothing_was_written():
    assert without_effect(ServerOptions()) == []
    assert said("--port=9000", "--enable_batching", "--model_name=flights") == []


def test_a_flag_without_effect_is_a_sentence_each():
    assert said("--mixed_precision=bfloat16", "--prefer_tflite_model") == [
        "The flag --prefer_tflite_model has no effect here: TensorFlow Lite models are not served.",
        "The flag --mixed_precision has no effect here: a model computes in the precision that it was exported with.",
    ]


def test_the_limit_of_time_counts_over_grpc_too():
    assert said("--rest_api_port=0", "--rest_api_timeout_in_ms=5") == []


def test_what_is_turned_off_is_off():
    assert said("--prefer_tflite_model=false", "--enable_profiler=false", "--num_unload_threads=0") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model_config_file_poll_wait_seconds=5"], "--model_config_file is not given."),
        (["--rest_api_port=0", "--rest_api_enable_cors_support"], "REST is off (--rest_api_port=0)."),
        (["--port=0", "--grpc_channel_arguments=a=1"], "gRPC is off (--port=0)."),
        (["--enable_model_warmup=false", "--num_request_iterations_for_warmup=3"], "warm-up is off"),
        (["--enable_per_model_batching_parameters"], "--enable_batching is not given."),
        (["--inference_log_sampling_rate=0.5"], "--inference_log is not given."),
    ],
)
def test_a_flag_that_another_one_makes_idle(words, sentence):
    (only,) = said(*words)
    assert sentence in only


def test_a_model_beside_a_config_file_is_ignored(tmp_path):
    file = tmp_path / "models.config"
    file.touch()
    sentences = said(f"--model_config_file={file}", "--model_name=x", "--model_base_path=/x")
    assert [sentence.split()[2] for sentence in sentences] == ["--model_name", "--model_base_path"]


def test_reasons_are_given_for_flags_that_there_are():
    assert NEVER.keys() | SOMETIMES.keys() <= FIELDS.keys()
    assert not NEVER.keys() & SOMETIMES.keys()
