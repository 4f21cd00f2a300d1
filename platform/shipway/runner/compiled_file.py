"""Reading a compiled pipeline from a YAML or JSON file."""

from __future__ import annotations

from typing import Any

from shipway.runner.spec_reader import NotAPipeline
from shipway.runner.targets import Target


def read_compiled(target: Target) -> tuple[Any, Any]:
    """The pipeline spec and the platform spec (None where there is none). Raises `NotAPipeline`."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = [one for one in yaml.load_all(target.path.read_bytes(), Loader=loader) if one is not None]
    except OSError as error:
        raise NotAPipeline(target.text, f"it cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise NotAPipeline(target.text, f"it is no YAML: {_place(error)}") from error
    if not documents:
        raise NotAPipeline(target.text, "it is empty")
    spec = documents[0]
    if isinstance(spec, dict) and isinstance(spec.get("pipelineSpec"), dict):
        spec = spec["pipelineSpec"]  # a job, as the API and Vertex take it
    if not isinstance(spec, dict):
        raise NotAPipeline(target.text, f"it holds {type(spec).__name__} where an object belongs")
    return spec, documents[1] if len(documents) > 1 else None


def _place(error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "unreadable"
    return f"{problem} in line {mark.line + 1}" if mark else str(problem)
