"""Starting a training from the weights of a model that was exported before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shipway.errors import InputError

PREFIX = "weights/"
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"


class NothingToStartFrom(InputError):
    """No weight of the base model fits the new one."""

    def __init__(self, base_model: Path, reason: str) -> None:
        super().__init__(
            f"The base model {str(base_model)!r} cannot start this one ({reason}): it must have been written by "
            "export_model from a model whose layers have the same names and shapes."
        )


def warm_start(model: Any, base_model: str | Path) -> list[str]:
    """Copy weights by name where name and shape agree.

    Args:
        model: a built Keras 3 model; name its layers, since Keras numbers unnamed ones anew in every process.
        base_model: `fn_args.base_model`, the folder of a SavedModel that `export_model` wrote.

    Returns:
        The paths of the weights that were not found, or not in this shape, and so keep their initial values.

    Raises:
        NothingToStartFrom: no weight fits.
    """
    import tensorflow as tf

    checkpoint = Path(base_model) / "variables" / "variables"
    if not checkpoint.with_suffix(".index").is_file():
        raise NothingToStartFrom(Path(base_model), "it has no variables")
    reader = tf.train.load_checkpoint(str(checkpoint))
    shapes = reader.get_variable_to_shape_map()
    keys = {_path(key): key for key in shapes if key.startswith(PREFIX) and key.endswith(SUFFIX)}
    fresh = []
    for weight in model.weights:
        key = keys.get(weight.path)
        if key is None or tuple(shapes[key]) != tuple(weight.shape):
            fresh.append(weight.path)
        else:
            weight.assign(reader.get_tensor(key))
    if len(fresh) == len(model.weights):
        raise NothingToStartFrom(
            Path(base_model), f"none of its {len(keys)} weights has a name and shape of this model"
        )
    return fresh


def _path(key: str) -> str:
    return key.removeprefix(PREFIX).removesuffix(SUFFIX).replace(".S", "/").replace("..", ".")
