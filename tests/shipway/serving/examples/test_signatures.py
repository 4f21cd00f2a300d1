"""Which signatures classify and regress, as TensorFlow Serving decides it."""

import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.examples.signatures import (
    CLASSIFY_METHOD,
    PREDICT_METHOD,
    REGRESS_METHOD,
    UnfitSignature,
    WrongMethod,
    check_classification,
    check_prediction,
    check_regression,
)

STRINGS = TensorSpec("inputs", "string", (None,))


def signature(inputs=(STRINGS,), outputs=("scores",), method=PREDICT_METHOD):
    given = {name: TensorSpec(name, "float32", (None, 2)) for name in outputs}
    return Signature("s", {spec.name: spec for spec in inputs}, given, method)


@pytest.mark.parametrize("outputs", [("scores",), ("classes",), ("classes", "scores"), ("scores", "more")])
def test_a_signature_with_classes_or_scores_classifies(outputs):
    assert check_classification(signature(outputs=outputs), check_method=False) == STRINGS


def test_a_signature_with_outputs_regresses():
    unranked = TensorSpec("inputs", "string", None)
    assert check_regression(signature((unranked,), ("outputs",)), check_method=False) == unranked


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (signature(()), "Expected one input Tensor: 's' takes nothing."),
        (signature((STRINGS, TensorSpec("b", "string", (None,)))), "Expected one input Tensor: 's' takes b, inputs."),
        (signature((TensorSpec("examples", "string", (None,)),)), "'s' takes examples and not 'inputs'."),
        (signature((TensorSpec("inputs", "float32", (None,)),)), "takes float32[?] and no serialized tf.Examples."),
        (signature((TensorSpec("inputs", "string", ()),)), "takes string[] and no serialized tf.Examples."),
        (signature(outputs=()), "Expected one or two output Tensors, found 0"),
        (signature(outputs=("classes", "scores", "more")), "Expected one or two output Tensors, found 3"),
        (signature(outputs=("outputs",)), "at least one of 'classes' or 'scores': 's' gives outputs."),
    ],
)
def test_what_does_not_classify_is_told(made, sentence):
    with pytest.raises(UnfitSignature) as caught:
        check_classification(made, check_method=False)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (signature((), ("outputs",)), "Expected one input Tensor"),
        (signature(outputs=("outputs", "more")), "Expected one output Tensor: 's' gives more, outputs."),
        (signature(outputs=("scores",)), "No regression outputs found in SignatureDef: 's' gives scores and not 'out"),
        (signature((TensorSpec("x", "string", (None,)),), ("outputs",)), "No regression inputs found in SignatureDef"),
    ],
)
def test_what_does_not_regress_is_told(made, sentence):
    with pytest.raises(UnfitSignature) as caught:
        check_regression(made, check_method=False)
    assert sentence in str(caught.value)


def test_method_names_count_where_that_is_asked_for():
    classifies = signature(method=CLASSIFY_METHOD)
    regresses = signature(outputs=("outputs",), method=REGRESS_METHOD)
    assert check_classification(classifies, check_method=True) == STRINGS
    assert check_regression(regresses, check_method=True) == STRINGS
    for made in (classifies, regresses, signature()):
        check_prediction(made, check_method=True)
    check_prediction(signature(method="mine"), check_method=False)
    with pytest.raises(WrongMethod, match=r"Expected prediction signature method_name to be one of .* Was: mine"):
        check_prediction(signature(method="mine"), check_method=True)
    with pytest.raises(WrongMethod, match=rf"Expected classification .* {CLASSIFY_METHOD}. Was: {PREDICT_METHOD}"):
        check_classification(signature(), check_method=True)
    with pytest.raises(WrongMethod, match="Was: empty, of 's'"):
        check_regression(signature(outputs=("outputs",), method=""), check_method=True)
