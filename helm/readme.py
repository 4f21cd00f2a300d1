"""Writes the chart's README: the text of `README.tmpl.md` with a table of all values by the comments `# --`.

python helm/readme.py            writes helm/shipway/README.md
python helm/readme.py --check    exit code 1 where it is not what would be written
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parent / "shipway"
README, TEMPLATE = CHART / "README.md", CHART / "README.tmpl.md"
PLACE = "<!-- values -->"
DOCUMENTED = "# -- "
KEY = re.compile(r"(?P<indent> *)(?P<key>[\w.-]+):(?: |$)")


@dataclass(frozen=True)
class Value:
    """A value that a comment explains."""

    path: str
    default: Any
    text: str


class Undocumented(Exception):
    """A value that nobody could know the meaning of."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} has no comment of its own in values.yaml: write one, '{DOCUMENTED}...', above it.")


def main(arguments: list[str]) -> int:
    """Write the README, or with `--check` say whether it is as it would be written."""
    text = written()
    if "--check" in arguments:
        if README.is_file() and README.read_text() == text:
            return 0
        print(f"{README} is not what its sources say: run make manifests.", file=sys.stderr)
        return 1
    README.write_text(text)
    return 0


def written() -> str:
    values = list(documented((CHART / "values.yaml").read_text()))
    table = ["| value | default | |", "|---|---|---|", *(_row(value) for value in values)]
    return TEMPLATE.read_text().replace(PLACE, "\n".join(table))


def documented(text: str) -> Iterator[Value]:
    """Every value in the order of the file. Raises `Undocumented` for one that no comment explains."""
    values = yaml.safe_load(text)
    path: list[tuple[int, str]] = []
    said = ""
    inside = -1  # of a value that is explained as a whole, so that what lies deeper needs no comment
    for line in text.splitlines():
        if line.lstrip().startswith(DOCUMENTED):
            said = line.lstrip().removeprefix(DOCUMENTED)
            continue
        found = KEY.match(line)
        if not found or (0 <= inside < len(found["indent"])):
            continue
        inside = -1
        path = [*((indent, key) for indent, key in path if indent < len(found["indent"]))]
        path.append((len(found["indent"]), found["key"]))
        keys = [key for _, key in path]
        default = _at(values, keys)
        if said:
            yield Value(".".join(keys), default, said)
            inside, said = len(found["indent"]), ""
        elif not isinstance(default, dict) or not default:
            raise Undocumented(".".join(keys))


def _at(values: Any, keys: list[str]) -> Any:
    for key in keys:
        values = values[key]
    return values


def _row(value: Value) -> str:
    return (
        f"| `{value.path}` | `{json.dumps(value.default, ensure_ascii=False)}` | {value.text.replace('|', '&#124;')} |"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
