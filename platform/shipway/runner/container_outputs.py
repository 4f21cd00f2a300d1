"""The outputs of a container that is no Shipway step: files where its command was told to put them.

It writes into a folder with a temporary name, which gets its real name when the command has succeeded and everything
is there; so nothing half-written ever lies where an artifact belongs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shipway.artifacts import DIGEST, SIZE_BYTES, digest_tree, size_of, write_text
from shipway.errors import ContractError
from shipway.runner.outputs import reachable_path
from shipway.runner.values import KIND_NAMES, NotOfKind, coerce


class WrongOutputParameter(ContractError):
    """A container wrote something else into an output parameter than it declares."""

    def __init__(self, name: str, text: Any, kind: str) -> None:
        super().__init__(f"The output parameter {name!r} is {text!r}, which is not {KIND_NAMES[kind]}.")


def prepare_folders(executor_input: dict[str, Any]) -> None:
    """Make the folders that output files go into, as Kubeflow's launcher does."""
    outputs = executor_input["outputs"]
    files = [spec["outputFile"] for spec in outputs["parameters"].values()]
    files += [artifact["uri"] for _, artifact in _artifacts(outputs)]
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)


def collect_outputs(job: dict[str, Any]) -> dict[str, Any]:
    """Read what the container made, give its folder the final name, and return the executor output.

    Raises `WrongOutputParameter`.
    """
    outputs = job["executor_input"]["outputs"]
    partial, final = Path(job["folder"]), Path(job["final_folder"])
    written = _written_output(Path(outputs["outputFile"]))
    result = {
        "parameterValues": _parameters(outputs, written, job["output_kinds"]),
        "artifacts": {
            name: {"artifacts": [_artifact(name, planned, written, partial, final)]}
            for name, planned in _artifacts(outputs)
        },
    }
    write_text(Path(outputs["outputFile"]), json.dumps(result))
    partial.rename(final)
    return result


def _written_output(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _artifacts(outputs: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, listed in outputs["artifacts"].items():
        yield name, listed["artifacts"][0]


def _parameters(outputs: dict[str, Any], written: dict[str, Any], kinds: dict[str, str]) -> dict[str, Any]:
    values = dict(written.get("parameterValues") or {})
    for name, spec in outputs["parameters"].items():
        file = Path(spec["outputFile"])
        if name not in values and file.is_file():
            values[name] = file.read_text(encoding="utf-8")
    for name, value in values.items():
        try:
            values[name] = coerce(value, kinds[name]) if name in kinds else value
        except NotOfKind:
            raise WrongOutputParameter(name, value, kinds[name]) from None
    return values


def _artifact(
    name: str, planned: dict[str, Any], written: dict[str, Any], partial: Path, final: Path
) -> dict[str, Any]:
    listed = ((written.get("artifacts") or {}).get(name) or {}).get("artifacts") or [{}]
    artifact = {**planned, **{key: value for key, value in listed[0].items() if value}}
    path = reachable_path(artifact["uri"])
    if path is not None and path.is_relative_to(partial):
        if not path.exists():
            path.mkdir(parents=True)  # an artifact that is metadata alone, as Metrics are
        artifact["uri"] = str(final / path.relative_to(partial))
    metadata = {key: _flat(value) for key, value in (artifact.get("metadata") or {}).items()}
    if path is not None and path.exists():
        metadata[DIGEST] = digest_tree(path)
        metadata[SIZE_BYTES] = size_of(path)
    return {"name": artifact["name"], "uri": artifact["uri"], "metadata": metadata}


def _flat(value: Any) -> str | int | float:
    return value if isinstance(value, str | int | float) else json.dumps(value)
