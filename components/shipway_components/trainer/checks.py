"""What must be true of an exported model before it is published."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shipway_components.trainer.errors import NothingExported, NotServable, TrainingDiverged

UNRUNNABLE = ("FailedPreconditionError", "NotFoundError", "UnimplementedError", "InternalError")
"""TensorFlow errors that no input can avoid: variables or tables that are not there, unknown operations."""


def check_finite(serving: Path, module_file: str, function: str) -> None:
    """Every floating-point variable in the SavedModel is finite.

    Raises:
        NothingExported: no SavedModel there.
        TrainingDiverged: NaN or infinity in a variable.
    """
    import tensorflow as tf

    if not (serving / "saved_model.pb").is_file():
        raise NothingExported(module_file, function)
    if not (serving / "variables" / "variables.index").is_file():
        return
    reader = tf.train.load_checkpoint(str(serving / "variables" / "variables"))
    dtypes = reader.get_variable_to_dtype_map()
    floating = sorted(name for name, dtype in dtypes.items() if dtype.is_floating)
    broken = [name for name in floating if not np.isfinite(reader.get_tensor(name).astype(np.float32)).all()]
    if broken:
        raise TrainingDiverged.in_weights([readable_name(name) for name in broken], len(floating))


def check_servable(serving: Path, module_file: str, function: str) -> None:
    """The model loads into a session, has signatures, and its default one runs: on no rows, so that no data
    is needed.

    Raises:
        NotServable: with TensorFlow's reason.
    """
    from shipway.data.model import SERVING_DEFAULT, ModelUnloadable, ServingModel
    from shipway.data.model.serving_model import first_line

    try:
        model = ServingModel.load(serving, session_only=True)
    except ModelUnloadable as error:
        raise NotServable(module_file, function, first_line(error.__cause__ or error)) from error
    if not model.signatures:
        raise NotServable(module_file, function, "it has no signature")
    signature = model.signatures.get(SERVING_DEFAULT) or next(iter(model.signatures.values()))
    feed = {
        name: np.empty([size or 0 for size in spec.shape or (0,)], spec.numpy_dtype)
        for name, spec in signature.inputs.items()
    }
    try:
        model.call(feed, signature.name)
    except Exception as error:
        if type(error).__name__ in UNRUNNABLE:
            raise NotServable(module_file, function, f"{signature.name}: {_reason(error)}") from error


def readable_name(checkpoint_key: str) -> str:
    """`dense/kernel` for the checkpoint's key `weights/dense.Skernel/.ATTRIBUTES/VARIABLE_VALUE`."""
    name = checkpoint_key.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE").removeprefix("weights/")
    return name.replace(".S", "/").replace("..", ".")


def _reason(error: Exception) -> str:
    """TensorFlow's sentence, without the heading and the debug information around it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = next((line for line in lines if not line.endswith("error:")), type(error).__name__)
    return text.partition(" Debug info")[0][:200].rstrip(".")
