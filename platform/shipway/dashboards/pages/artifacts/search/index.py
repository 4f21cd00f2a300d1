"""The texts of artifacts in memory, newest first, with a bound: where it is reached the oldest are forgotten."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shipway.dashboards.pages.artifacts.search.texts import Wanted, pipeline_in, searched_text
from shipway.lineage import RecordedArtifact

BLOCK = 1000
"""Ids in a block: blocks are what is forgotten at once."""

ENTRY_BYTES = 250
"""What an entry takes in memory besides its text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one artifact here."""

    text: bytes
    type_name: str
    state: str
    pipeline: str

    @classmethod
    def of(cls, artifact: RecordedArtifact) -> Entry:
        shared = (sys.intern(one) for one in (artifact.type_name, artifact.state, pipeline_in(artifact.name)))
        return cls(searched_text(artifact), *shared)

    @property
    def size(self) -> int:
        return len(self.text) + ENTRY_BYTES

    def is_in(self, wanted: Wanted) -> bool:
        """Whether everything but the words fits."""
        return (
            wanted.type_name in ("", self.type_name)
            and wanted.state in ("", self.state)
            and wanted.pipeline in ("", self.pipeline)
        )


@dataclass
class SearchIndex:
    """Entries by artifact id. Not safe to change from two threads at once; searching beside a change is."""

    most_bytes: int
    forgotten_below: int = 0
    size: int = 0
    types: dict[str, int] = field(default_factory=dict)
    _blocks: dict[int, dict[int, Entry]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(self.types.values())

    def add(self, artifacts: Iterable[RecordedArtifact]) -> int:
        """Take in artifacts as they are now; how many of them were not known so."""
        blocks: dict[int, dict[int, Entry]] = {}
        changed = 0
        for artifact in artifacts:
            if artifact.id < self.forgotten_below:
                continue
            number = artifact.id // BLOCK
            block = blocks.setdefault(number, dict(self._blocks.get(number, {})))
            entry, former = Entry.of(artifact), block.get(artifact.id)
            if former != entry:
                self._count(former, -1)
                self._count(entry, 1)
                block[artifact.id] = entry
                changed += 1
        self._blocks.update(blocks)
        self._forget()
        return changed

    def knows(self, artifact_id: int) -> bool:
        return artifact_id in self._blocks.get(artifact_id // BLOCK, {})

    def search(self, wanted: Wanted) -> Iterator[int]:
        """The ids of what is wanted, newest first, as far as the caller goes."""
        words = wanted.words
        for number in sorted(self._blocks, reverse=True):
            yield from _matches(self._blocks.get(number, {}), words, wanted)

    def _count(self, entry: Entry | None, sign: int) -> None:
        if entry is not None:
            self.size += sign * entry.size
            self.types[entry.type_name] = self.types.get(entry.type_name, 0) + sign

    def _forget(self) -> None:
        while self.size > self.most_bytes and len(self._blocks) > 1:
            oldest = min(self._blocks)
            for entry in self._blocks.pop(oldest).values():
                self._count(entry, -1)
            self.forgotten_below = (oldest + 1) * BLOCK


def _matches(block: Mapping[int, Entry], words: list[bytes], wanted: Wanted) -> list[int]:
    if not words:
        found = [artifact_id for artifact_id, entry in block.items() if entry.is_in(wanted)]
    else:
        first, *others = words
        found = [
            artifact_id
            for artifact_id, entry in block.items()
            if first in entry.text and all(word in entry.text for word in others) and entry.is_in(wanted)
        ]
    return sorted(found, reverse=True)
