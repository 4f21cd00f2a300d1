"""The Pusher's work: may this model be pushed, where to, and what is recorded of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shipway.artifacts import DIGEST, InfraBlessing, Model, ModelBlessing, PushedModel, digest_tree, write_text
from shipway.data.errors import listing
from shipway.errors import InputError, UsageError
from shipway_components.pusher.destination_layout import VERSIONING
from shipway_components.pusher.destinations import open_destination


class BadDestination(UsageError):
    """The parameters do not say where to push to."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The pusher {problem}: give destination='/models/name', or "
            f'push_destination={{"filesystem": {{"base_directory": "/models/name"}}}}.'
        )


class UnknownVersioning(UsageError):
    """A way of numbering that does not exist."""

    def __init__(self, versioning: str) -> None:
        super().__init__(f"There is no versioning {versioning!r} for the pusher: it is one of {listing(VERSIONING)}.")


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
    destination: str,
    push_destination: Mapping[str, Any],
    versioning: str,
) -> None:
    """Push the model if its blessings allow it, and record what was done.

    Raises `BadDestination`, `UnknownVersioning`, `NothingToServe`, and the faults of a destination that cannot be
    written to, in which case nothing is left there.
    """
    target = open_destination(chosen_destination(destination, push_destination))
    if versioning not in VERSIONING:
        raise UnknownVersioning(versioning)
    reason = refusal(model_blessing, infra_blessing)
    if reason:
        _record(pushed_model, pushed=0, reason=reason)
        return
    if not (model.serving_path / "saved_model.pb").is_file():
        raise NothingToServe(model)
    there = target.push(model.serving_path, model.uri, versioning)
    pushed_model.pushed_destination = target.place
    pushed_model.pushed_version = str(there.version)
    _record(
        pushed_model,
        pushed=1,
        model_digest=_digest(model),
        reason="" if there.is_new else f"this model is there already as version {there.version}",
    )


def refusal(model_blessing: ModelBlessing | None, infra_blessing: InfraBlessing | None) -> str:
    """Why the model may not be pushed, or nothing."""
    if model_blessing is not None and not (model_blessing.path / "BLESSED").is_file():
        reasons = json.loads(str(model_blessing.metadata.get("reasons") or "[]"))
        return "the model is not blessed" + (f": {'; '.join(reasons[:3])}" if reasons else "")
    if infra_blessing is not None and not (infra_blessing.path / "INFRA_BLESSED").is_file():
        return "the model is not infra-blessed: it could not be served as it should"
    return ""


def chosen_destination(destination: str, push_destination: Mapping[str, Any]) -> str:
    """The base directory that the parameters name; raises `BadDestination` unless it is exactly one."""
    filesystem = push_destination.get("filesystem") or {}
    base = filesystem.get("base_directory") or filesystem.get("baseDirectory") or ""
    if push_destination and not base:
        raise BadDestination(f"does not understand push_destination={json.dumps(push_destination)}")
    if bool(destination) == bool(base):
        raise BadDestination("has two destinations" if destination else "has no destination")
    return destination or base


def destination_state(
    lineage: Any, model: Model, destination: str, push_destination: Mapping[str, Any]
) -> str:  # fmt: skip
    """Where a push goes, and how many versions of this model were pushed there and are there no more.

    As the fingerprint of what a push reads, it stays the same from before the first push to after it, and changes
    when somebody removes what was pushed, or runs in another folder: then the cached result does not hold.
    """
    target = open_destination(chosen_destination(destination, push_destination))
    recorded = lineage.artifacts(PushedModel.type_name) if lineage is not None else ()
    versions = {
        str(one.metadata.get("pushed_version"))
        for one in recorded
        if one.metadata.get("pushed_destination") == target.place and one.metadata.get("model_digest") == _digest(model)
    }
    return f"{target.place}:{sum(not target.holds(version) for version in versions)}"


def _digest(model: Model) -> str:
    return str(model.metadata.get(DIGEST) or digest_tree(model.path))


def _record(pushed_model: PushedModel, **facts: str | int) -> None:
    pushed_model.metadata.update({name: value for name, value in facts.items() if value != ""})
    write_text(pushed_model.path / "pushed_model.json", json.dumps(pushed_model.metadata, indent=2) + "\n")
