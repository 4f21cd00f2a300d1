"""Which loaded version a share of the traffic means now, and whether it takes the same inputs as another."""

from __future__ import annotations

from shipway.data.model.signature import Signature
from shipway.serving.servable import Servable, ServedModel


def find_target(model: ServedModel, version: int | None, label: str | None) -> Servable | None:
    """The version, or the one that the label stands for; None while it is not available."""
    if version is None:
        if label not in model.labels:
            return None
        version = model.labels[label]
    return model.servables.get(version)


def matching_signature(source: Servable, target: Servable, name: str) -> Signature | None:
    """The target's signature of this name, if inputs that were decoded for the source fit it."""
    theirs = target.model.signatures.get(name)
    ours = source.model.signatures[name]
    key = ("traffic", name, source.version)
    known = target.kept.get(key)
    if known is None or known[0] is not ours:
        known = target.kept[key] = (ours, theirs is not None and _inputs(ours) == _inputs(theirs))
    return theirs if known[1] else None


def _inputs(signature: Signature) -> dict[str, tuple[str, object]]:
    return {name: (spec.dtype, spec.shape) for name, spec in signature.inputs.items()}
