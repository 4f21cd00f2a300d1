"""Importer tasks: an artifact that lies somewhere already enters the run and lineage, without a step that makes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from shipway.artifacts import digest_tree
from shipway.errors import InputError
from shipway.runner.outputs import ArtifactValue, reachable_path
from shipway.runner.placeholders import Placeholders
from shipway.runner.run_context import RunContext
from shipway.runner.scope import Node
from shipway.runner.spec import Container, Importer, TaskOutput
from shipway.runner.step_facts import step_reference
from shipway.runner.values import to_text

STEP = "system.importer"
QUICK_BYTES = 16 << 20
"""Up to this size an artifact is digested by the runner itself; beyond it, a process does it meanwhile."""


class NothingToImport(InputError):
    """An importer whose URI leads to nothing."""

    def __init__(self, task: str, uri: str) -> None:
        super().__init__(f"Importer {task!r} finds nothing at {uri!r}: check the path, or make the artifact first.")


class Unreadable(InputError):
    """An importer whose URI leads to something that cannot be read as a whole."""

    def __init__(self, task: str, path: Path, error: OSError) -> None:
        super().__init__(
            f"Importer {task!r} cannot read {str(error.filename or path)!r} ({error.strerror}): make it readable."
        )


class NoUri(InputError):
    """An importer without a URI."""

    def __init__(self, task: str) -> None:
        super().__init__(f"Importer {task!r} has no URI: give dsl.importer an artifact_uri.")


def imported_artifact(run: RunContext, node: Node) -> ArtifactValue:
    """What an importer brings in, its digest still unknown. Raises `NoUri` and `NothingToImport`."""
    importer = node.component.body
    assert isinstance(importer, Importer)
    uri = importer.uri or str(node.inputs.parameters.get(importer.uri_parameter, ""))
    if not uri:
        raise NoUri(node.name)
    if "://" not in uri:
        uri = str(Path(uri).expanduser().absolute())
    path = reachable_path(uri)
    if path is not None and not path.exists():
        raise NothingToImport(node.name, uri)
    placeholders = Placeholders({"inputs": {"parameterValues": dict(node.inputs.parameters)}}, run.facts)
    filled: dict[str, Any] = placeholders.fill(dict(importer.metadata))
    metadata = {key: value if isinstance(value, str | int | float) else to_text(value) for key, value in filled.items()}
    return ArtifactValue(_type_name(run, node, importer), importer.schema_title, uri, metadata, "", "", node.name)


def is_quick(path: Path) -> bool:
    """Whether digesting what lies at `path` is a matter of milliseconds."""
    if path.is_file():
        return path.stat().st_size <= QUICK_BYTES
    total = 0
    for folder, _, names in os.walk(path):
        total += sum(os.lstat(os.path.join(folder, name)).st_size for name in names)
        if total > QUICK_BYTES:
            return False
    return True


def readable_digest(node: Node, path: Path) -> str:
    """The digest of what lies at `path`. Raises `Unreadable`."""
    try:
        return digest_tree(path)
    except OSError as error:
        raise Unreadable(node.name, path, error) from error


def _type_name(run: RunContext, node: Node, importer: Importer) -> str:
    """KFP only knows `system.` types, so the type is the one that the steps which take the artifact declare."""
    for consumer in node.downstream:
        body = consumer.component.body
        facts = run.compiled.steps.get(step_reference(body)) if isinstance(body, Container) else None
        for name, source in consumer.task.artifacts.items():
            if facts and name in facts.inputs and isinstance(source, TaskOutput) and source.task == node.task.name:
                wanted = run.compiled.types[facts.inputs[name]]
                if wanted.takes_title(importer.schema_title):
                    return wanted.name
    return importer.schema_title
