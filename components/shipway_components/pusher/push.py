"""The Pusher's work: may this model be pushed, where to, and what is recorded of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shipway.artifacts import (
    DIGEST,
    Examples,
    InfraBlessing,
    Model,
    ModelBlessing,
    PushedModel,
    digest_tree,
    write_text,
)
from shipway.errors import InputError
from shipway.step import StepContext
from shipway_components.pusher.destination_layout import VERSIONING, Pushed
from shipway_components.pusher.destinations import open_destination
from shipway_components.pusher.parameters import KServeTarget, UnknownVersioning, chosen_destination


class NothingToServe(InputError):
    """A model without the part that is served."""

    def __init__(self, model: Model) -> None:
        super().__init__(
            f"The model at {model.uri!r} has no SavedModel in 'Format-Serving': export it in run_fn to "
            f"fn_args.serving_model_dir."
        )


def push(
    model: Model,
    pushed_model: PushedModel,
    model_blessing: ModelBlessing | None,
    infra_blessing: InfraBlessing | None,
    examples: Examples | None,
    parameters: tuple[str, Mapping[str, Any], str],
    context: StepContext,
) -> None:
    """Push the model if its blessings allow it, and record what was done.

    Args:
        parameters: `destination`, `push_destination` and `versioning` of the step.

    Raises:
        BadDestination, BadKServeField, UnknownVersioning: the parameters; nothing was looked at.
        NothingToServe: the model has no SavedModel.
        ShipwayError: a destination that cannot be written to, or an InferenceService that does not come to answer;
            then nothing is left there and what served before serves on.
    """
    destination, push_destination, versioning = parameters
    target = chosen_destination(destination, push_destination)
    if versioning not in VERSIONING:
        raise UnknownVersioning(versioning)
    reason = refusal(model_blessing, infra_blessing)
    if reason:
        _record(pushed_model, pushed=0, reason=reason)
        return
    if not (model.serving_path / "saved_model.pb").is_file():
        raise NothingToServe(model)
    if isinstance(target, KServeTarget):
        from shipway_components.pusher.kserve import push_to_kserve

        _record(pushed_model, **push_to_kserve(target, model, pushed_model, examples, versioning, context))
        return
    place = open_destination(target)
    there = place.push(model.serving_path, model.uri, versioning)
    _record(pushed_model, pushed=1, reason=_known(there), **pushed_facts(place.place, there, model))


def pushed_facts(place: str, there: Pushed, model: Model) -> dict[str, str]:
    """What is recorded of every push, wherever it went."""
    return {
        "pushed_destination": place,
        "pushed_version": str(there.version),
        "model_digest": model_digest(model),
    }


def refusal(model_blessing: ModelBlessing | None, infra_blessing: InfraBlessing | None) -> str:
    """Why the model may not be pushed, or nothing."""
    if model_blessing is not None and not (model_blessing.path / "BLESSED").is_file():
        reasons = json.loads(str(model_blessing.metadata.get("reasons") or "[]"))
        return "the model is not blessed" + (f": {'; '.join(reasons[:3])}" if reasons else "")
    if infra_blessing is not None and not (infra_blessing.path / "INFRA_BLESSED").is_file():
        return "the model is not infra-blessed: it could not be served as it should"
    return ""


def model_digest(model: Model) -> str:
    """Of the whole model, by which a push of it is known again."""
    return str(model.metadata.get(DIGEST) or digest_tree(model.path))


def _known(there: Pushed) -> str:
    return "" if there.is_new else f"this model is there already as version {there.version}"


def _record(pushed_model: PushedModel, **facts: str | int) -> None:
    pushed_model.metadata.update({name: value for name, value in facts.items() if value != ""})
    write_text(pushed_model.path / "pushed_model.json", json.dumps(pushed_model.metadata, indent=2) + "\n")
