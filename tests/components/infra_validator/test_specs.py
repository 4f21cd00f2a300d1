import pytest

from shipway_components.infra_validator.specs import BadSpec, ValidationSpecs, read_specs


def test_without_specs_the_defaults_hold():
    assert read_specs({}, {}, {}, 0.0) == ValidationSpecs()


def test_tfxs_fields_are_read():
    specs = read_specs(
        {"tensorflow_serving": {"tags": ["latest"]}, "model_name": "taxi"},
        {"max_loading_time_seconds": 9, "num_tries": 3.0},
        {"split_name": "eval", "num_examples": 4, "tensorflow_serving": {"signature_names": ["serving_default"]}},
        25.0,
    )
    assert (specs.max_loading_time_seconds, specs.num_tries, specs.max_latency_ms) == (9, 3, 25.0)
    assert (specs.split_name, specs.num_examples, specs.signature_names) == ("eval", 4, ("serving_default",))


@pytest.mark.parametrize(
    ("specs", "problem"),
    [
        (({"local_docker": {}}, {}, {}), "serving_spec cannot be used: 'local_docker' is not among its fields"),
        (({}, {"max_loading_time": 1}, {}), "validation_spec cannot be used: 'max_loading_time' is not among"),
        (({}, {"num_tries": -1}, {}), "'num_tries' is -1 and must be a number above 0"),
        (({}, {}, {"num_examples": "many"}), "'num_examples' is 'many' and must be"),
        (
            ({}, {}, {"tensorflow_serving": {"rpc_kind": 1}}),
            "'rpc_kind' is not among its fields, which are signature_names",
        ),
    ],
)
def test_what_would_be_ignored_is_refused(specs, problem):
    with pytest.raises(BadSpec, match=problem):
        read_specs(*specs, 0.0)
