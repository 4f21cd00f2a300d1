"""The texts of artifacts in memory, newest first, with a bound: where it is reached the oldest are forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shipway.dashboards.pages.artifacts.search.block import Block, Entry, Facts
from shipway.dashboards.pages.artifacts.search.texts import Wanted, pipeline_in, searched_text
from shipway.lineage import RecordedArtifact

BLOCK = 1000
"""Ids in a block: blocks are what is forgotten at once."""

ENTRY_BYTES = 150
"""What an artifact takes in memory besides its text."""


@dataclass
class SearchIndex:
    """Texts by artifact id. Not safe to change from two threads at once; searching beside a change is."""

    most_bytes: int
    forgotten_below: int = 0
    size: int = 0
    types: dict[str, int] = field(default_factory=dict)
    _blocks: dict[int, Block] = field(default_factory=dict)
    _facts: dict[Facts, Facts] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(list(self.types.values()))

    def add(self, artifacts: Iterable[RecordedArtifact]) -> int:
        """Take in artifacts as they are now; how many of them were not known so."""
        changes: dict[int, dict[int, Entry]] = {}
        for artifact in artifacts:
            number = artifact.id // BLOCK
            entry = self._entry(artifact)
            if artifact.id >= self.forgotten_below and self._blocks.get(number, Block()).get(artifact.id) != entry:
                changes.setdefault(number, {})[artifact.id] = entry
        for number, entries in changes.items():
            self._replace(number, entries)
        self._forget()
        return sum(map(len, changes.values()))

    def search(self, wanted: Wanted) -> Iterator[int]:
        """The ids of what is wanted, newest first, as far as the caller goes."""
        words = wanted.words
        for number in sorted(self._blocks, reverse=True):
            yield from self._blocks.get(number, Block()).search(words, wanted)

    def _entry(self, artifact: RecordedArtifact) -> Entry:
        facts = Facts(artifact.type_name, artifact.state, pipeline_in(artifact.name))
        return self._facts.setdefault(facts, facts), searched_text(artifact)

    def _replace(self, number: int, changed: dict[int, Entry]) -> None:
        former = self._blocks.get(number, Block())
        self._count(former, -1)
        self._blocks[number] = Block.of({**former.entries(), **changed})
        self._count(self._blocks[number], 1)

    def _count(self, block: Block, sign: int) -> None:
        self.size += sign * (len(block.text) + ENTRY_BYTES * len(block.ids))
        for facts in block.facts:
            self.types[facts.type_name] = self.types.get(facts.type_name, 0) + sign

    def _forget(self) -> None:
        while self.size > self.most_bytes and len(self._blocks) > 1:
            oldest = min(self._blocks)
            self._count(self._blocks.pop(oldest), -1)
            self.forgotten_below = (oldest + 1) * BLOCK
