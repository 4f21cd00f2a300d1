import argparse
from pathlib import Path

import pytest
from google.protobuf.any_pb2 import Any
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from shipway.errors import InputError, UsageError
from shipway.serving.config.flags import read_options
from shipway.serving.config.model_config import (
    ModelConfig,
    ModelLogging,
    PlatformChanged,
    configured_models,
    model_configs_of,
    parse_model_config,
    read_model_config,
    refuse_changed_platform,
)
from shipway.serving.config.version_policy import VersionPolicy

FILE = """
# Two models, the second one with everything that there is.
model_config_list {
  config {
    name: 'first'
    base_path: '/models/first/'
    model_platform: 'tensorflow'
  },
  config: {
    name: "second"
    base_path: "file:///models/second"
    model_platform: "tensorflow"
    model_version_policy { specific { versions: 42 versions: 43 } }
    version_labels { key: "stable" value: 42 }
    version_labels { key: "canary" value: 43 }
    logging_config {
      log_collector_config { type: "file" filename_prefix: "/logs/second" }
      sampling_config { sampling_rate: 0.25 }
    }
  }
}
"""


def one_model(text: str) -> str:
    return f'model_config_list {{ config {{ name: "m" base_path: "/m" {text} }} }}'


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_model_config(text, "model config file 'models.config'")
    return str(caught.value)


def test_what_has_no_effect_is_said_to_have_none(caplog):
    assert parse_model_config(one_model("logging_config { sampling_config { sampling_rate: 0.5 } }"))
    assert "the model 'm': logging_config has no effect here: requests are recorded by --inference_log." in caplog.text


def test_a_file_as_tensorflow_serving_documents_it(tmp_path):
    path = tmp_path / "models.config"
    path.write_text(FILE)
    assert read_model_config(path) == (
        ModelConfig("first", Path("/models/first"), "tensorflow"),
        ModelConfig(
            "second",
            Path("/models/second"),
            "tensorflow",
            VersionPolicy.specific([42, 43]),
            {"stable": 42, "canary": 43},
            ModelLogging(0.25, "file", "/logs/second"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", VersionPolicy.latest(1)),
        ("model_version_policy { }", VersionPolicy.latest(1)),
        ("model_version_policy { latest { } }", VersionPolicy.latest(1)),
        ("model_version_policy { latest { num_versions: 3 } }", VersionPolicy.latest(3)),
        ("model_version_policy: { all: { } }", VersionPolicy.all()),
        ("model_version_policy { specific { versions: [7, 8] } }", VersionPolicy.specific([7, 8])),
        ("model_version_policy { specific { } }", VersionPolicy.specific([])),
    ],
)
def test_version_policies(text, policy):
    (model,) = parse_model_config(one_model(text))
    assert model.policy == policy


def test_the_deprecated_type_is_the_platform():
    (model,) = parse_model_config(one_model("model_type: TENSORFLOW"))
    assert model.platform == "tensorflow"


def test_a_relative_base_path_starts_at_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (model,) = parse_model_config('model_config_list { config { name: "m" base_path: "models/m" } }')
    assert model.base_path == tmp_path / "models" / "m"


def test_a_bucket_is_where_it_is_mounted(monkeypatch):
    monkeypatch.setenv("SHIPWAY_MOUNT_ROOT", "/mounts")
    (model,) = parse_model_config('model_config_list { config { name: "m" base_path: "s3://bucket/m" } }')
    assert model.base_path == Path("/mounts/s3/bucket/m")


def test_nothing_said_is_not_the_same_as_no_models():
    assert parse_model_config("# nothing yet\n") is None
    assert model_configs_of(ModelServerConfig()) is None
    assert parse_model_config("model_config_list { }") == ()


def test_the_message_of_a_reload_request():
    proto = ModelServerConfig()
    proto.model_config_list.config.add(name="m", base_path="/m").version_labels["stable"] = 2
    assert model_configs_of(proto) == (ModelConfig("m", Path("/m"), labels={"stable": 2}),)


def test_a_custom_config_is_refused():
    sentence = (
        "Model config file 'models.config' holds custom_model_config, which only a server built for it understands: "
        "list the models in model_config_list."
    )
    assert refusal("custom_model_config { }") == sentence
    assert refusal("custom_model_config {\n [type.googleapis.com/mine.Config] { a: 1 }\n}") == sentence
    with pytest.raises(InputError, match="custom_model_config"):
        model_configs_of(ModelServerConfig(custom_model_config=Any(type_url="x")))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "model_config_list {\n config {\n  name: 'm'\n  base_pth: '/m'\n }\n}",
            "Model config file 'models.config', line 4: ModelConfig has no field 'base_pth' (did you mean "
            "'base_path'?); it has name, base_path, model_type, model_platform, model_version_policy, version_labels, "
            "logging_config.",
        ),
        (
            "config { }",
            "Model config file 'models.config', line 1: ModelServerConfig has no field 'config'",
        ),
        (
            "model_config_list { config { name: m } }",
            "Model config file 'models.config', line 1: Expected string but found: 'm'; fields are written as",
        ),
        ("model_config_list {\n config {", "Model config file 'models.config', line 2: Expected \"}\"; fields"),
        (
            one_model("model_version_policy { latest { } all { } }"),
            "Model config file 'models.config', line 1: 'latest' and 'all' are both given; give one of them.",
        ),
        (
            one_model("name: 'again'"),
            "Model config file 'models.config', line 1: 'name' is given twice; give it once.",
        ),
        (
            "model_config_list { config { name: 'm' base_path: '/a' } config { name: 'm' base_path: '/b' } }",
            "Model config file 'models.config' lists the model 'm' more than once: give each model its own name.",
        ),
        (
            "model_config_list { config { base_path: '/a' } }",
            "Model config file 'models.config' has a model without a name: give each config a name.",
        ),
        (
            "model_config_list { config { name: 'm' } }",
            "Model config file 'models.config': the model 'm' has no base path: give the folder that holds the",
        ),
        (
            "model_config_list { config { name: 'm' base_path: 'ftp://x/m' } }",
            "Model config file 'models.config': the model 'm' has the base path 'ftp://x/m': give a path, file:// or",
        ),
        (
            one_model("model_type: TENSORFLOW model_platform: 'tensorflow'"),
            "Model config file 'models.config': the model 'm' has both model_type and model_platform: keep model",
        ),
        (
            one_model("model_type: OTHER"),
            "Model config file 'models.config': the model 'm' has a model_type other than TENSORFLOW: write model_",
        ),
        (
            one_model("logging_config { sampling_config { sampling_rate: 10 } }"),
            "Model config file 'models.config': the model 'm' has the sampling_rate 10.0: give a number from 0 to 1.",
        ),
    ],
)
def test_a_fault_is_one_sentence(text, sentence):
    assert refusal(text).startswith(sentence)


def test_a_file_that_cannot_be_read(tmp_path):
    path = tmp_path / "models.config"
    with pytest.raises(InputError, match=r"^The model config file '.*models\.config' cannot be read \(FileNotFound"):
        read_model_config(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cannot be read \(UnicodeDecodeError: .*\): give a text file\.$"):
        read_model_config(path)


def test_a_model_keeps_its_platform():
    old = [ModelConfig("m", Path("/m"), "tensorflow")]
    with pytest.raises(PlatformChanged) as caught:
        refuse_changed_platform(old, [ModelConfig("m", Path("/m"), "sklearn")])
    assert str(caught.value) == (
        "Model 'm' is served as 'tensorflow' and cannot become 'sklearn': give the new one a name of its own."
    )
    refuse_changed_platform(old, [ModelConfig("m", Path("/other"), ""), ModelConfig("n", Path("/n"), "sklearn")])


def test_the_models_of_a_command_line(tmp_path):
    def models(**texts: str) -> tuple[ModelConfig, ...]:
        return configured_models(read_options(argparse.Namespace(**texts)))

    file = tmp_path / "models.config"
    file.write_text(FILE)
    assert models(model_base_path="/m") == (ModelConfig("default", Path("/m")),)
    assert [model.name for model in models(model_config_file=str(file), model_base_path="/m")] == ["first", "second"]
    file.write_text("")
    assert models(model_config_file=str(file)) == ()
    with pytest.raises(UsageError) as caught:
        models(model_name="m")
    assert str(caught.value) == (
        "No model is named: give the folder of one as --model_base_path, or --model_config_file."
    )
