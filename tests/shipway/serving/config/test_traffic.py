import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.errors import InputError
from shipway.serving.config.traffic import (
    Arm,
    ModelTraffic,
    Shadow,
    Sticky,
    TrafficConfig,
    as_object,
    parse_traffic,
    read_traffic,
)

FILE = """
models:
  flights:
    arms:
      - {name: stable, version: 3, weight: 90}
      - {name: canary, label: canary, weight: 10}
    sticky: {header: X-User-Id}
    shadow: {version: 5, sample_rate: 0.2}
  taxi:
    shadow: {label: next}
"""

ARM = {"name": "a", "version": 1, "weight": 1}


def refusal(written: object) -> str:
    with pytest.raises(InputError) as caught:
        parse_traffic(written, "traffic file 'traffic.yaml'")
    return str(caught.value)


def of_model(**written: object) -> dict[str, object]:
    return {"models": {"m": written}}


def test_a_file(tmp_path):
    path = tmp_path / "traffic.yaml"
    path.write_text(FILE)
    assert read_traffic(path) == TrafficConfig(
        {
            "flights": ModelTraffic(
                arms=(Arm("stable", 3, None, 90), Arm("canary", None, "canary", 10)),
                sticky=Sticky(header="x-user-id"),
                shadow=Shadow(5, None, 0.2),
            ),
            "taxi": ModelTraffic(shadow=Shadow(None, "next", 1.0)),
        }
    )


def test_no_models_is_no_traffic(tmp_path):
    path = tmp_path / "traffic.yaml"
    path.write_text("# nothing\n")
    assert read_traffic(path) == parse_traffic({"models": {}}) == TrafficConfig()


def test_sticky_by_an_input():
    config = parse_traffic(of_model(arms=[ARM], sticky={"input": "User_Id"}))
    assert config.models["m"].sticky == Sticky(input="User_Id")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ([], "is []; give an object with models."),
        ({"model": {}}, "has the unknown key 'model' (did you mean 'models'?); the keys are models."),
        ({}, "models is missing; give the traffic of models by their names, or {} for none."),
        ({"models": ["m"]}, "models is ['m']; give the traffic of models by their names, or {} for none."),
        ({"models": {1: {}}}, "models has the model name 1; write names as text, in quotes."),
        ({"models": {"m": None}}, "models.m is missing; give an object with arms, sticky, shadow."),
        (of_model(), "models.m says nothing about its traffic; give arms, shadow or both, or leave the model out."),
        (of_model(arm=[ARM]), "models.m has the unknown key 'arm' (did you mean 'arms'?); the keys are arms, sticky,"),
        (of_model(arms=[]), "models.m.arms is []; give a list of arms, each with name, version or label, and weight."),
        (of_model(arms=[1]), "models.m.arms[0] is 1; give an object with name, version, label, weight."),
        (of_model(arms=[ARM | {"name": "a b"}]), "models.m.arms[0].name is 'a b'; give up to 64 letters, digits,"),
        (of_model(arms=[{"version": 1, "weight": 1}]), "models.m.arms[0].name is missing; give up to 64"),
        (of_model(arms=[ARM, ARM]), "models.m.arms[1].name is 'a' for a second time; give each arm its own name."),
        (of_model(arms=[{"name": "a", "weight": 1}]), "models.m.arms[0] has neither version nor label; give one of"),
        (of_model(arms=[ARM | {"label": "x"}]), "models.m.arms[0] has both version and label; give one of them."),
        (of_model(arms=[ARM | {"version": "3"}]), "models.m.arms[0].version is '3'; give a version's number, without"),
        (of_model(arms=[ARM | {"version": True}]), "models.m.arms[0].version is True; give a version's number"),
        (of_model(arms=[ARM | {"version": -1}]), "models.m.arms[0].version is -1; give a version's number"),
        (of_model(arms=[{"name": "a", "label": 3, "weight": 1}]), "models.m.arms[0].label is 3; give a label as text"),
        (of_model(arms=[{"name": "a", "version": 1}]), "models.m.arms[0].weight is missing; give a number, 0 or more."),
        (of_model(arms=[ARM, ARM | {"weight": -1}]), "models.m.arms[1].weight is -1; give a number, 0 or more."),
        (of_model(arms=[ARM | {"weight": float("nan")}]), "models.m.arms[0].weight is nan; give a number, 0 or more."),
        (of_model(arms=[ARM | {"weight": "10%"}]), "models.m.arms[0].weight is '10%'; give a number, 0 or more."),
        (of_model(arms=[ARM | {"weight": 0}]), "models.m.arms all have the weight 0; give one of them more."),
        (of_model(arms=[ARM], sticky={}), "models.m.sticky is empty; give one of header and input."),
        (
            of_model(arms=[ARM], sticky={"header": "a", "input": "b"}),
            "models.m.sticky has both header and input; give one of header and input.",
        ),
        (
            of_model(arms=[ARM], sticky={"header": "user id"}),
            "models.m.sticky.header is 'user id'; give the name of a header, such as x-user-id.",
        ),
        (
            of_model(arms=[ARM], sticky={"input": 3}),
            "models.m.sticky.input is 3; give the name of an input of the model.",
        ),
        (
            of_model(shadow={"version": 1}, sticky={"input": "x"}),
            "models.m.sticky has no arms to keep callers with; give arms.",
        ),
        (of_model(shadow={}), "models.m.shadow has neither version nor label; give one of them."),
        (
            of_model(shadow={"version": 1, "sample_rate": 1.5}),
            "models.m.shadow.sample_rate is 1.5; give a number, from 0 to 1.",
        ),
        (of_model(shadow={"version": 1, "rate": 1}), "models.m.shadow has the unknown key 'rate'"),
    ],
)
def test_a_fault_is_one_sentence_with_its_place(written, sentence):
    assert refusal(written).startswith(f"Traffic file 'traffic.yaml': {sentence}")


def test_a_long_value_is_cut():
    assert len(refusal({"models": ["x" * 10_000]})) < 300


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("models:\n  m: {\n", "line 3: "),
        ("models:\n  m: {}\n  m: {}\n", "line 3: the key 'm' is written twice; give YAML, with each key once."),
        ("models: !!python/object:os.system {}\n", "line 1: could not determine a constructor for the tag"),
        ("when: 2020-99-99\n", "ValueError: month must be in 1..12; give YAML"),
    ],
)
def test_what_is_not_yaml_is_named_with_its_line(tmp_path, text, sentence):
    path = tmp_path / "traffic.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_traffic(path)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"Traffic file '{path}'")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"^The traffic file '.*' cannot be read \(FileNotFoundError"):
        read_traffic(tmp_path / "traffic.yaml")


names = st.from_regex(r"\A[A-Za-z0-9_.-]{1,10}\Z")
versions = st.integers(0, 2**63 - 1)
arms = st.builds(Arm, names, versions, st.none(), st.floats(0.001, 1e6)) | st.builds(
    Arm, names, st.none(), names, st.floats(0.001, 1e6)
)
traffics = st.builds(
    ModelTraffic,
    st.lists(arms, min_size=1, max_size=4, unique_by=lambda arm: arm.name).map(tuple),
    st.none() | st.builds(Sticky, st.just("x-user-id")) | st.builds(Sticky, input=names),
    st.none() | st.builds(Shadow, versions, st.none(), st.floats(0, 1)),
)


@given(st.dictionaries(names, traffics, max_size=3))
def test_what_is_shown_as_json_is_taken_back(models):
    config = TrafficConfig(models)
    assert parse_traffic(json.loads(json.dumps(as_object(config)))) == config


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["models", "arms", "a", ""]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["models", "m", "arms", "sticky", "shadow", "name", "version"]), inner)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_taken_or_refused_in_one_sentence(written):
    sentence = "The traffic configuration: "
    try:
        parse_traffic(written)
    except InputError as error:
        sentence = str(error)
    assert sentence.startswith("The traffic configuration: ")
