"""The file that says which image each name stands for, as `images:` of cluster.yaml takes it.

images:
  data: registry.example.com/shipway/data@sha256:...
  train: registry.example.com/shipway/train@sha256:...
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shipway.errors import InputError

HEADING = "images"


class NotOnlyImages(InputError):
    """A file that would lose something if it were written."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            f"{str(path)!r} {found}, and is not touched: name a file that holds nothing but '{HEADING}:', and copy its "
            "lines to where they belong."
        )


def write_images(path: Path, images: Mapping[str, str]) -> dict[str, str]:
    """Add these to what the file names already; the whole, as it is written. Raises `NotOnlyImages`."""
    from shipway.artifacts import write_text

    together = dict(sorted({**read_images(path), **images}.items()))
    write_text(path, as_text(together))
    return together


def as_text(images: Mapping[str, str]) -> str:
    return "".join([f"{HEADING}:\n", *(f"  {name}: {reference}\n" for name, reference in images.items())])


def read_images(path: Path) -> dict[str, str]:
    """Nothing where there is no such file; raises `NotOnlyImages`."""
    if not path.exists():
        return {}
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise NotOnlyImages(path, "cannot be read as YAML") from error
    if content is None:
        return {}
    if not isinstance(content, dict) or set(content) != {HEADING} or not isinstance(content[HEADING], dict):
        raise NotOnlyImages(path, "holds something else")
    return {str(name): str(reference) for name, reference in content[HEADING].items()}
