"""Copies into the chart what it shows of `manifests/`: Helm reads no file outside of a chart.

python helm/chart_files.py            writes the copies
python helm/chart_files.py --check    exit code 1 where a copy is not what its source is
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "manifests"
COPIES = ROOT / "helm" / "shipway" / "files"
COPIED = ("monitoring/rules/*.yaml", "monitoring/dashboards/*.json", "serving/clusterservingruntime.yaml")


def main(arguments: list[str]) -> int:
    """Write the copies, or with `--check` say which are missing, old, or of nothing any more."""
    wrong = [*stale(), *left_over()]
    if "--check" in arguments:
        for path in wrong:
            print(f"{path} is not what its source is: run make manifests.", file=sys.stderr)
        return 1 if wrong else 0
    for path in left_over():
        path.unlink()
    for source, copy in pairs():
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    return 0


def pairs() -> Iterator[tuple[Path, Path]]:
    """Each source with its copy."""
    for pattern in COPIED:
        for source in sorted(SOURCES.glob(pattern)):
            yield source, COPIES / source.relative_to(SOURCES)


def stale() -> list[Path]:
    return [copy for source, copy in pairs() if not copy.is_file() or copy.read_bytes() != source.read_bytes()]


def left_over() -> list[Path]:
    """Copies whose source is gone."""
    wanted = {copy for _, copy in pairs()}
    return [path for pattern in COPIED for path in sorted(COPIES.glob(pattern)) if path not in wanted]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
