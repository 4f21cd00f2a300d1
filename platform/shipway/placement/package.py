"""Compiled pipelines as files: the YAML that Kubeflow's compiler writes, read and written again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shipway.artifacts import write_text
from shipway.errors import UsageError
from shipway.placement.placing import Placement, place
from shipway.placement.settings import ClusterSettings


class NotCompiled(UsageError):
    """A file that holds something else than a compiled pipeline."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"{str(path)!r} is not a compiled pipeline ({problem}): give a YAML that 'shipway compile' or KFP's "
            "compiler wrote."
        )


def place_file(compiled: Path, settings: ClusterSettings, output: Path | None = None) -> Placement:
    """Apply the settings to a compiled file, in place unless there is an `output`.

    Raises `NotCompiled`, `PlacementFault`, and what writing raises; nothing is written then.
    """
    header, documents = read_package(compiled)
    placement = place(documents[0], documents[1] if len(documents) > 1 else None, settings)
    write_text(output or compiled, header + dumped(placement))
    return placement


def read_package(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """The comments at the top of a compiled file, and its documents, the pipeline first. Raises `NotCompiled`."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8")
        documents = [one for one in yaml.load_all(text, Loader=loader) if one is not None]
    except OSError as error:
        raise NotCompiled(path, f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NotCompiled(path, "it is no text") from error
    except yaml.YAMLError as error:
        raise NotCompiled(path, "it is no YAML") from error
    if not documents or not all(isinstance(one, dict) for one in documents):
        raise NotCompiled(path, "it holds no pipeline")
    documents.sort(key=lambda one: "pipelineInfo" not in one)
    if not {"pipelineInfo", "root"} <= set(documents[0]):
        raise NotCompiled(path, "it has no 'pipelineInfo' and 'root'")
    lines = text.splitlines(keepends=True)
    end = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:end]), documents


def dumped(placement: Placement) -> str:
    """Both documents, with sorted keys: the same placement is always the same text."""
    import yaml

    class WithoutAliases(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, _: Any) -> bool:
            return True

    text: str = yaml.dump_all([placement.pipeline, placement.platform], Dumper=WithoutAliases, sort_keys=True)
    return text
