"""scikit-learn models are served by what they know about themselves, and nothing in their files is run."""

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from shipway.serving.faults import InvalidRequest
from shipway.serving.runtimes.refusal import ModelRefused
from shipway.serving.runtimes.sklearn import NotAnEstimator, SklearnMissing, SklearnRuntime, UntrustedTypes

pytestmark = pytest.mark.filterwarnings("ignore:np.find_common_type:DeprecationWarning")  # pandas 1.5 with numpy 1.26

NAMES = {
    "cluster": ["KMeans"],
    "compose": ["ColumnTransformer"],
    "ensemble": ["GradientBoostingRegressor", "RandomForestClassifier"],
    "feature_extraction.text": ["CountVectorizer"],
    "impute": ["SimpleImputer"],
    "linear_model": ["LinearRegression", "LogisticRegression"],
    "model_selection": ["GridSearchCV"],
    "pipeline": ["FeatureUnion", "make_pipeline"],
    "preprocessing": ["FunctionTransformer", "OneHotEncoder", "StandardScaler"],
    "svm": ["SVC"],
}
NUMBERS = np.random.default_rng(1).random((40, 3))
IS_LARGE = (NUMBERS[:, 0] > 0.5).astype(int)
ANSWERS = np.where(IS_LARGE, "yes", "no")
WORDS = np.where(NUMBERS[:, 2:] > 0.5, "up", "down").astype(object)
MIXED = np.concatenate([NUMBERS[:, :2].astype(object), WORDS], axis=1)
BY_NAME = {"a": "float64[?]", "b": "float64[?]", "word": "string[?]"}


@pytest.fixture(scope="module")
def sk():
    """The estimators that are asked for, a table with names, and skops: imported here, not when tests are collected."""
    skops = pytest.importorskip("skops.io")
    table = importlib.import_module("pandas").DataFrame({"a": NUMBERS[:, 0], "b": NUMBERS[:, 1], "word": WORDS[:, 0]})
    found = {
        name: getattr(importlib.import_module(f"sklearn.{m}"), name) for m, names in NAMES.items() for name in names
    }
    return SimpleNamespace(dump=skops.dump, table=table, **found)


@pytest.fixture
def serve(sk, tmp_path):
    """What the runtime makes of an estimator in a file."""

    def through_a_file(estimator):
        sk.dump(estimator, tmp_path / "model.skops")
        runtime = SklearnRuntime()
        runtime.prepare()
        assert runtime.recognises(tmp_path)
        return runtime.load(tmp_path)

    return through_a_file


def inputs_of(model):
    return {name: str(spec) for name, spec in model.signatures["serving_default"].inputs.items()}


def outputs_of(model, signature="serving_default"):
    return {name: str(spec) for name, spec in model.signatures[signature].outputs.items()}


def ask(model, signature="serving_default", **feed):
    return model.call(model.signatures[signature], feed)


def as_bytes(texts):
    return np.array([text.encode() for text in np.ravel(texts)], object).reshape(np.shape(texts))


def test_a_classifier_gives_classes_and_probabilities(sk, serve):
    estimator = sk.RandomForestClassifier(5, random_state=0).fit(NUMBERS, ANSWERS)
    model = serve(estimator)
    assert model.platform == "sklearn"
    assert inputs_of(model) == {"inputs": "float64[?, 3]"}
    assert outputs_of(model) == {"predictions": "string[?]", "probabilities": "float64[?, 2]"}
    assert outputs_of(model, "predict_proba") == {"probabilities": "float64[?, 2]"}
    answer = ask(model, inputs=NUMBERS)
    assert answer["predictions"].tolist() == as_bytes(estimator.predict(NUMBERS)).tolist()
    np.testing.assert_array_equal(answer["probabilities"], estimator.predict_proba(NUMBERS))
    np.testing.assert_array_equal(ask(model, "predict_proba", inputs=NUMBERS)["probabilities"], answer["probabilities"])


@pytest.mark.parametrize(
    ("fitted", "predictions"),
    [
        (lambda sk: sk.GradientBoostingRegressor(n_estimators=3).fit(NUMBERS, NUMBERS[:, 0]), "float64[?]"),
        (lambda sk: sk.LinearRegression().fit(NUMBERS, NUMBERS[:, :2]), "float64[?, 2]"),
        (lambda sk: sk.SVC().fit(NUMBERS, IS_LARGE), "int64[?]"),
        (lambda sk: sk.KMeans(2, n_init=1).fit(NUMBERS), "int32[?]"),
    ],
    ids=["regressor", "several outputs", "no probabilities", "clusters"],
)
def test_others_give_predictions_alone(sk, serve, fitted, predictions):
    estimator = fitted(sk)
    model = serve(estimator)
    assert list(model.signatures) == ["serving_default"]
    assert outputs_of(model) == {"predictions": predictions}
    np.testing.assert_array_equal(ask(model, inputs=NUMBERS)["predictions"], estimator.predict(NUMBERS))


def test_a_transformer_transforms(sk, serve):
    model = serve(sk.OneHotEncoder().fit(WORDS))
    assert outputs_of(model) == {"transformed": "float64[?, 2]"}
    assert ask(model, inputs=as_bytes([["up"], ["down"]]))["transformed"].tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_several_classifications_at_once(sk, serve):
    model = serve(sk.RandomForestClassifier(3).fit(NUMBERS, np.c_[IS_LARGE, 1 - IS_LARGE]))
    assert outputs_of(model) == {
        "predictions": "int64[?, 2]",
        "probabilities_0": "float64[?, 2]",
        "probabilities_1": "float64[?, 2]",
    }


def encoded(sk):
    words = ("words", sk.OneHotEncoder(handle_unknown="ignore"), ["word"])
    return sk.ColumnTransformer([("numbers", sk.StandardScaler(), ["a", "b"]), words])


def imputed(sk):
    numbers = sk.make_pipeline(sk.SimpleImputer(), sk.StandardScaler())
    words = sk.make_pipeline(sk.SimpleImputer(strategy="most_frequent"), sk.OneHotEncoder())
    return sk.ColumnTransformer([("numbers", numbers, slice("a", "b")), ("words", words, [False, False, True])])


def counted(sk):
    return sk.ColumnTransformer([("text", sk.CountVectorizer(), "word"), ("rest", "passthrough", ["a"])])


def numbered(sk):
    return sk.ColumnTransformer([("numbers", sk.StandardScaler(), [0, 1]), ("words", sk.OneHotEncoder(), [-1])])


def united(sk):
    return sk.FeatureUnion([("one", sk.OneHotEncoder()), ("two", sk.OneHotEncoder())])


@pytest.mark.parametrize(
    ("features", "table", "inputs"),
    [
        (encoded, None, BY_NAME),
        (imputed, None, BY_NAME),
        (counted, None, BY_NAME),
        (numbered, MIXED, {"x0": "float64[?]", "x1": "float64[?]", "x2": "string[?]"}),
        (lambda sk: sk.OneHotEncoder(), WORDS, {"inputs": "string[?, 1]"}),
        (united, WORDS, {"inputs": "string[?, 1]"}),
        (lambda sk: sk.CountVectorizer(), WORDS[:, 0], {"inputs": "string[?]"}),
        (lambda sk: sk.OneHotEncoder(), IS_LARGE[:, np.newaxis] + 5, {"inputs": "float64[?, 1]"}),
    ],
    ids=["names", "imputed", "counted", "mixed", "texts alone", "united", "documents", "categories that are numbers"],
)
def test_columns_of_texts_are_found_by_what_was_learned(sk, serve, features, table, inputs):
    table = sk.table if table is None else table
    pipeline = sk.make_pipeline(features(sk), sk.LogisticRegression())
    estimator = sk.GridSearchCV(pipeline, {}, cv=2).fit(table, ANSWERS)
    model = serve(estimator)
    assert inputs_of(model) == inputs
    assert outputs_of(model)["predictions"] == "string[?]"
    if inputs == BY_NAME:
        given = {name: np.asarray(table[name]) for name in table}
    else:
        given = {f"x{n}": table[:, n] for n in range(3)} if "x0" in inputs else {"inputs": table}
    feed = {name: as_bytes(array) if "string" in inputs[name] else array.astype(float) for name, array in given.items()}
    assert ask(model, **feed)["predictions"].tolist() == as_bytes(estimator.predict(table)).tolist()


def test_a_model_that_takes_no_made_up_row_still_says_what_it_gives(sk, serve):
    reciprocal = sk.FunctionTransformer(np.reciprocal)
    with np.errstate(divide="ignore"):
        model = serve(sk.make_pipeline(reciprocal, sk.LogisticRegression()).fit(NUMBERS + 1, ANSWERS))
    assert outputs_of(model) == {"predictions": "string of any shape", "probabilities": "float64 of any shape"}
    assert ask(model, inputs=NUMBERS + 1)["predictions"].shape == (40,)


@pytest.mark.parametrize("word", [b"sideways", b"\xff"])
def test_values_that_the_model_cannot_take_are_the_callers_fault(sk, serve, word):
    model = serve(sk.make_pipeline(sk.OneHotEncoder(), sk.LogisticRegression()).fit(WORDS, IS_LARGE))
    with pytest.raises(InvalidRequest, match="The model cannot take these inputs"):
        ask(model, inputs=np.array([[word]], object))


def test_types_that_nobody_vouches_for_are_refused_by_name(sk, serve, monkeypatch):
    homemade = type("Homemade", (sk.LogisticRegression,), {"__module__": __name__})
    monkeypatch.setattr(sys.modules[__name__], "Homemade", homemade, raising=False)
    with pytest.raises(UntrustedTypes, match=r"model\.skops' has .*Homemade, which is neither of scikit-learn nor"):
        serve(homemade().fit(NUMBERS, IS_LARGE))


def test_functions_of_scikit_learn_are_not_trusted(sk, serve):
    read_file = importlib.import_module("sklearn.datasets").load_svmlight_file
    with pytest.raises(UntrustedTypes, match="load_svmlight_file") as raised:
        serve(sk.make_pipeline(sk.FunctionTransformer(read_file)))
    assert isinstance(raised.value, ModelRefused)


def test_a_file_that_holds_no_model_is_refused(serve):
    with pytest.raises(NotAnEstimator, match="holds a list, which neither predicts nor transforms"):
        serve([1, 2])


def test_libraries_that_are_missing_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(SklearnMissing, match=r"pip install 'shipway\[sklearn\]'"):
        SklearnRuntime().prepare()
