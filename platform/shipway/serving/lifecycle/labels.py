"""Which versions a label may stand for: those that can be asked, as in TensorFlow Serving."""

from __future__ import annotations

from shipway.serving.config.model_config import ModelConfig
from shipway.serving.lifecycle.faults import LabelOfUnavailableVersion
from shipway.serving.servable import ServedModel


def check_labels(config: ModelConfig, served: ServedModel | None, *, new_may_wait: bool) -> None:
    """All labels of a model's configuration, None of which may be served yet; raises `LabelOfUnavailableVersion`."""
    for label, version in config.labels.items():
        check_label(served or ServedModel(config.name), label, version, new_may_wait=new_may_wait)


def check_label(served: ServedModel, label: str, version: int, *, new_may_wait: bool) -> None:
    """One label.

    Args:
        new_may_wait: whether a label that the model does not have, or has for this version already, may stand for a
            version that cannot be asked.

    Raises:
        LabelOfUnavailableVersion: nobody could ask that version.
    """
    if version in served.servables or (new_may_wait and served.labels.get(label, version) == version):
        return
    raise LabelOfUnavailableVersion(served.name, label, version, served.servables)
