"""Which signatures can be classified or regressed with, by the names of their inputs and outputs.

TensorFlow Serving looks at a signature's method name only where it is told to (--enable_signature_method_name_check);
what tf.saved_model.save writes always says "predict".
"""

from __future__ import annotations

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.faults import InvalidRequest

PREDICT_METHOD = "tensorflow/serving/predict"
CLASSIFY_METHOD = "tensorflow/serving/classify"
REGRESS_METHOD = "tensorflow/serving/regress"

INPUTS = "inputs"
CLASSES = "classes"
SCORES = "scores"
OUTPUTS = "outputs"


class UnfitSignature(InvalidRequest):
    """A signature that cannot be asked for this."""


class WrongMethod(UnfitSignature):
    """A signature that was exported for another method."""

    def __init__(self, purpose: str, expected: str, signature: Signature) -> None:
        super().__init__(
            f"Expected {purpose} signature method_name to be {expected}. Was: {signature.method or 'empty'}, of "
            f"{signature.name!r}."
        )


def check_prediction(signature: Signature, *, check_method: bool) -> None:
    """Raises `WrongMethod`; whatever the inputs and outputs, a signature can predict."""
    if check_method and signature.method not in (PREDICT_METHOD, CLASSIFY_METHOD, REGRESS_METHOD):
        expected = f"one of {{{PREDICT_METHOD}, {CLASSIFY_METHOD}, {REGRESS_METHOD}}}"
        raise WrongMethod("prediction", expected, signature)


def check_classification(signature: Signature, *, check_method: bool) -> TensorSpec:
    """The input that takes the examples; raises `UnfitSignature`."""
    if check_method and signature.method != CLASSIFY_METHOD:
        raise WrongMethod("classification", CLASSIFY_METHOD, signature)
    spec = _examples_input(signature, "classification")
    if len(signature.outputs) not in (1, 2):
        raise UnfitSignature(
            f"Expected one or two output Tensors, found {len(signature.outputs)}: {signature.name!r} gives "
            f"{_names(signature.outputs)}."
        )
    if CLASSES not in signature.outputs and SCORES not in signature.outputs:
        raise UnfitSignature(
            f"Expected classification signature outputs to contain at least one of {CLASSES!r} or {SCORES!r}: "
            f"{signature.name!r} gives {_names(signature.outputs)}."
        )
    return spec


def check_regression(signature: Signature, *, check_method: bool) -> TensorSpec:
    """The input that takes the examples; raises `UnfitSignature`."""
    if check_method and signature.method != REGRESS_METHOD:
        raise WrongMethod("regression", REGRESS_METHOD, signature)
    spec = _examples_input(signature, "regression")
    if len(signature.outputs) != 1:
        raise UnfitSignature(f"Expected one output Tensor: {signature.name!r} gives {_names(signature.outputs)}.")
    if OUTPUTS not in signature.outputs:
        raise UnfitSignature(
            f"No regression outputs found in SignatureDef: {signature.name!r} gives {_names(signature.outputs)} and "
            f"not {OUTPUTS!r}."
        )
    return spec


def _examples_input(signature: Signature, purpose: str) -> TensorSpec:
    if len(signature.inputs) != 1:
        raise UnfitSignature(f"Expected one input Tensor: {signature.name!r} takes {_names(signature.inputs)}.")
    spec = signature.inputs.get(INPUTS)
    if spec is None:
        raise UnfitSignature(
            f"No {purpose} inputs found in SignatureDef: {signature.name!r} takes {_names(signature.inputs)} and not "
            f"{INPUTS!r}."
        )
    if spec.dtype != "string" or (spec.shape is not None and len(spec.shape) != 1):
        raise UnfitSignature(f"The input {INPUTS!r} of {signature.name!r} takes {spec} and no serialized tf.Examples.")
    return spec


def _names(specs: dict[str, TensorSpec]) -> str:
    return ", ".join(sorted(specs)) or "nothing"
