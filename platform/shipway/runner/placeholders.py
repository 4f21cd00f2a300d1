"""KFP's placeholders, `{{$...}}`: in the constants of a task's parameters and in a container's command line.

    {{$}}                                              the whole executor input, as JSON
    {{$.inputs.parameters['x']}}
    {{$.inputs.artifacts['x'].path}}                   also .uri, .name, .metadata and .metadata['key']; alone: a list
    {{$.outputs.artifacts['x'].path}}                  likewise
    {{$.outputs.parameters['x'].output_file}}
    {{$.outputs.output_file}}                          also {{$.outputMetadataUri}}
    {{$.pipeline_job_name}}                            and the other facts of the run and the task
    ....json_escape[2]}}                               any of them, escaped twice as inside a JSON text

What is not one of these stays as it is written, as it does in a cluster.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from shipway.artifacts import local_path
from shipway.runner.values import to_text

PLACEHOLDER = re.compile(r"\{\{\$(.*?)\}\}")
ESCAPED = re.compile(r"(.*)\.json_escape\[(\d+)\]")
PARTS = re.compile(r"\.(\w+)|\[\s*(?:'+|\"+)(.*?)(?:'+|\"+)\s*\]")


class Placeholders:
    """Texts for placeholders, from an executor input and the facts of the run (`pipeline_job_name`, ...)."""

    def __init__(self, executor_input: Mapping[str, Any], facts: Mapping[str, str]) -> None:
        self._input = executor_input
        self._facts = facts
        self.missing: list[str] = []
        """Input parameters that were named and have no value."""

    def fill(self, value: Any) -> Any:
        """`value` with every placeholder replaced, also inside lists and objects."""
        if isinstance(value, str):
            return PLACEHOLDER.sub(self._replacement, value) if "{{$" in value else value
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        return value

    def _replacement(self, match: re.Match[str]) -> str:
        expression, levels = match[1], 0
        if escaped := ESCAPED.fullmatch(expression):
            expression, levels = escaped[1], int(escaped[2])
        text = self._text(expression)
        if text is None:
            return match[0]
        for _ in range(levels):
            text = json.dumps(text)[1:-1]
        return text

    def _text(self, expression: str) -> str | None:
        if expression == "":
            return json.dumps(self._input)
        parts = [name or key for name, key in PARTS.findall(expression)]
        if "".join(match[0] for match in PARTS.finditer(expression)) != expression:
            return None
        if len(parts) == 1:
            if parts[0] == "outputMetadataUri":
                return self._lookup("outputs", "outputFile")
            return self._facts.get(parts[0])
        if parts == ["outputs", "output_file"]:
            return self._lookup("outputs", "outputFile")
        if parts[:2] == ["inputs", "parameters"] and len(parts) == 3:
            text = self._lookup("inputs", "parameterValues", parts[2])
            if text is None:
                self.missing.append(parts[2])
            return text
        if parts[:2] == ["outputs", "parameters"] and parts[3:] == ["output_file"]:
            return self._lookup("outputs", "parameters", parts[2], "outputFile")
        if len(parts) >= 3 and parts[0] in ("inputs", "outputs") and parts[1] == "artifacts":
            return self._artifact(parts[0], parts[2], parts[3:])
        return None

    def _lookup(self, *path: str) -> str | None:
        value: Any = self._input
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
        return to_text(value)

    def _artifact(self, side: str, name: str, attribute: list[str]) -> str | None:
        artifacts = self._input.get(side, {}).get("artifacts", {}).get(name, {}).get("artifacts") or []
        if not attribute:
            return json.dumps(artifacts)
        if not artifacts:
            return None
        artifact = artifacts[0]
        if attribute == ["path"]:
            return str(local_path(artifact["uri"]))
        if attribute[0] == "metadata":
            metadata = artifact.get("metadata", {})
            return json.dumps(metadata) if len(attribute) == 1 else to_text(metadata.get(attribute[1], ""))
        return artifact.get(attribute[0]) if attribute in (["uri"], ["name"]) else None
