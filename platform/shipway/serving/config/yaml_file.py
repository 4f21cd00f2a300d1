"""Reading YAML so that what a person wrote is what is taken, and a fault is one sentence with its line."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

from shipway.errors import InputError, in_one_line
from shipway.serving.config.text_proto import place_of, read_text


class NotYaml(InputError):
    """A file that is not YAML, or not sensibly so."""

    def __init__(self, where: str, error: Exception) -> None:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark else where
        problem = getattr(error, "problem", None) or in_one_line(error)
        super().__init__(f"{place[0].upper()}{place[1:]}: {problem}; give YAML, with each key once.")


def read_yaml(path: Path, what: str) -> Any:
    """The values of the file, None for an empty one; raises `UnreadableConfig` and `NotYaml`."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
            """PyYAML would take the last of two entries under one key."""
            seen: set[str] = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    problem = f"the key {key.value!r} is written twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(str(key.value))
            return super().construct_mapping(node, deep)

    text = read_text(path, what)
    try:
        return yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotYaml(place_of(path, what), error) from error
