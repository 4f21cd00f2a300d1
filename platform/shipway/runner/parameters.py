"""The parameters of a run: what the pipeline declares, what was given, and one sentence for what does not fit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shipway.data.passwords import holds_password
from shipway.errors import UsageError
from shipway.runner.spec import UNSET, Component, ParameterSlot
from shipway.runner.values import EXAMPLES, KIND_NAMES, NotOfKind, coerce


class UnknownParameter(UsageError):
    """A parameter that the pipeline does not have."""

    def __init__(self, pipeline: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        there = f"it has {', '.join(names)}" if names else "it has none"
        super().__init__(f"Pipeline {pipeline!r} has no parameter {name!r}{closest(name, names)}; {there}.")


class WrongParameterType(UsageError):
    """A value that is not of the declared type."""

    def __init__(self, pipeline: str, slot: ParameterSlot, value: Any) -> None:
        example = f", such as {EXAMPLES[slot.kind]}" if slot.kind in EXAMPLES else ""
        super().__init__(
            f"Parameter {slot.name!r} of pipeline {pipeline!r} is {value!r}, but it must be "
            f"{KIND_NAMES[slot.kind]}{example}."
        )


class MissingParameter(UsageError):
    """A parameter without a default that was not given."""

    def __init__(self, pipeline: str, slots: Iterable[ParameterSlot]) -> None:
        wanted = [f"{slot.name!r} ({KIND_NAMES[slot.kind]})" for slot in slots]
        named = wanted[0] if len(wanted) == 1 else ", ".join(wanted)
        word = "parameter" if len(wanted) == 1 else "parameters"
        super().__init__(f"Pipeline {pipeline!r} needs the {word} {named}: give it with --param NAME=VALUE.")


class PasswordInParameter(UsageError):
    """A password in clear, which would be kept with the run; the value is not shown."""

    def __init__(self, pipeline: str, name: str) -> None:
        super().__init__(
            f"Parameter {name!r} of pipeline {pipeline!r} holds a password in clear, and parameters are recorded: put "
            "the password into an environment variable and refer to it as ${DB_PASSWORD}."
        )


class ArtifactArgument(UsageError):
    """A pipeline that takes an artifact from outside, which only another pipeline can give."""

    def __init__(self, pipeline: str, name: str) -> None:
        super().__init__(
            f"Pipeline {pipeline!r} takes the artifact {name!r}, so it can only run inside another pipeline: "
            "import the artifact with dsl.importer and pass it."
        )


def closest(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that was probably meant, or nothing."""
    import difflib

    matches = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def bind_parameters(pipeline: str, root: Component, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of the run, defaults filled in; optional ones without a value are left out.

    Texts are read as the declared type, so that values may come from a command line. Raises `UsageError`s.
    """
    for artifact in root.artifacts.values():
        if not artifact.optional:
            raise ArtifactArgument(pipeline, artifact.name)
    for name in given:
        if name not in root.parameters:
            raise UnknownParameter(pipeline, name, root.parameters)
    bound = {}
    for slot in root.parameters.values():
        value = given.get(slot.name)
        if value is None:
            value = slot.default
        if value is UNSET or value is None:
            continue
        try:
            bound[slot.name] = coerce(value, slot.kind)
        except NotOfKind:
            raise WrongParameterType(pipeline, slot, value) from None
        if holds_password(json.dumps(bound[slot.name], default=str)):
            raise PasswordInParameter(pipeline, slot.name)
    missing = [slot for slot in root.parameters.values() if slot.required and slot.name not in bound]
    if missing:
        raise MissingParameter(pipeline, missing)
    return bound
