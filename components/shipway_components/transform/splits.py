"""Which splits a Transform step learns from, and which it transforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.artifacts import Examples
from shipway.data.errors import UnknownSplit
from shipway.data.examples import read_split
from shipway_components.transform.errors import BadSplitsConfig, EmptyAnalyzeSplits, NoAnalyzeSplits


@dataclass(frozen=True)
class Splits:
    """TFX's SplitsConfig: without one, 'train' is analyzed and every split is transformed."""

    analyze: Sequence[str]
    transform: Sequence[str]


def choose_splits(examples: Examples, config: Mapping[str, Any]) -> Splits:
    """Reads and checks the configuration {"analyze": [...], "transform": [...]}.

    Raises:
      BadSplitsConfig, UnknownSplit, NoAnalyzeSplits, EmptyAnalyzeSplits.
    """
    if not set(config) <= {"analyze", "transform"} or not all(_is_names(names) for names in config.values()):
        raise BadSplitsConfig(dict(config))
    known = examples.split_names
    for split in [*config.get("analyze", ()), *config.get("transform", ())]:
        if split not in known:
            raise UnknownSplit(split, known, examples.path)
    analyze = list(config.get("analyze") or (["train"] if "train" in known else []))
    if not analyze:
        raise NoAnalyzeSplits(known)
    if not any(batch.num_rows for split in analyze for batch in read_split(examples, split, batch_size=1024)):
        raise EmptyAnalyzeSplits(analyze)
    return Splits(analyze, list(config.get("transform", known)))


def _is_names(names: object) -> bool:
    return isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
