"""A value of a cluster file together with where it stands, so that every fault can say where.

The file is read as YAML's nodes, which know their lines, and which still have a key that was written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shipway.placement.faults import BadSetting, NotSettings, PasswordInClear, UnknownSetting

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SAFE = yaml.SafeLoader("")
LARGEST = 10_000
PLAIN_KEY = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Entry:
    """One value of `file`; `path` leads to it, as in `steps.trainer.cpu`. Of a mapping it stands where its key does."""

    file: Path
    path: str
    node: yaml.Node
    key: yaml.Node | None = None

    @property
    def line(self) -> int:
        return int((self.key or self.node).start_mark.line) + 1

    @property
    def where(self) -> str:
        return f"{self.file}, line {self.line}"

    @property
    def value(self) -> Any:
        """A scalar as Python has it; None for an empty one, and for what is no scalar."""
        if not isinstance(self.node, yaml.ScalarNode):
            return None
        try:
            return SAFE.construct_object(self.node)
        except (ValueError, AttributeError, yaml.YAMLError):
            return str(self.node.value)  # what YAML takes for a date or a number, and is none

    @property
    def is_empty(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode) and self.value is None

    def bad(self, problem: str, way_out: str) -> BadSetting:
        return BadSetting(self.where, self.path or "the file", self._shown(), problem, way_out)

    def password(self) -> PasswordInClear:
        return PasswordInClear(self.where, self.path)

    def section(self, *known: str) -> dict[str, Entry]:
        """The values of a mapping by key; empty ones are left out. Raises `UnknownSetting` for any other key."""
        found = self.mapping()
        for name, entry in found.items():
            if name not in known:
                raise UnknownSetting(entry.where, self.path, name, known)
        return {name: entry for name, entry in found.items() if not entry.is_empty}

    def mapping(self) -> dict[str, Entry]:
        """The values of a mapping whose keys are names of the writer's own choice."""
        if self.is_empty:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            raise self.bad("where names with values belong", "write them below it, one 'name: value' a line")
        found: dict[str, Entry] = {}
        for key, value in self.node.value:
            name = self._key(key)
            entry = Entry(self.file, self._below(name), value, key)
            if name in found:
                raise entry.bad("and the key is there twice", "remove one of them")
            found[name] = entry
        return found

    def entries(self) -> Iterator[Entry]:
        """The values of a list."""
        if self.is_empty:
            return
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.bad("where a list belongs", "write '- ' before each of its values")
        for index, node in enumerate(self.node.value):
            yield Entry(self.file, f"{self.path}[{index}]", node)

    def text(self) -> str:
        """A text that is not empty; numbers are taken as they are written, yes and no are not."""
        if not isinstance(self.node, yaml.ScalarNode) or self.value in (None, ""):
            raise self.bad("where a text belongs", "write one")
        if isinstance(self.value, bool):
            raise self.bad("which YAML takes for true or false", f"put it in quotes, as '{self.node.value}'")
        return str(self.node.value)

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.bad("which is neither true nor false", "write true or false")
        return self.value

    def whole(self, least: int) -> int:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
            raise self.bad(f"which is no whole number from {least} to {LARGEST}", f"write one, such as {max(least, 1)}")
        return value

    def choice(self, *known: str) -> str:
        if self.value not in known:
            raise self.bad("which is not among the values", f"write one of {', '.join(known)}")
        return str(self.value)

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.bad("and has a key that is no text", "write a name before the colon")
        return str(node.value)

    def _below(self, name: str) -> str:
        shown = name if PLAIN_KEY.fullmatch(name) else f"[{name}]"
        return f"{self.path}.{shown}" if self.path else shown

    def _shown(self) -> str:
        if isinstance(self.node, yaml.ScalarNode):
            return repr(self.value)
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"


def read_entry(path: Path, content: bytes) -> Entry | None:
    """The whole of a file; None where it holds nothing but comments. Raises `NotSettings`."""
    try:
        node = yaml.compose(content, Loader=LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotSettings(path, f"is no YAML, {_problem(error)}", "correct that line") from error
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return None
    whole = Entry(path, "", node)
    if not isinstance(node, yaml.MappingNode):
        raise whole.bad("where keys belong", "write 'key: value' lines")
    if {"apiVersion", "kind"} <= set(whole.mapping()):
        raise NotSettings(
            path, "is an object of Kubernetes, not settings", "name the settings with --cluster-file FILE"
        )  # fmt: skip
    return whole


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read as UTF-8"
    return f"{problem} in line {mark.line + 1}" if mark else str(problem)
