"""One call of the recorder as JSON: everything that it takes to make the call again, in another process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from shipway.data.passwords import without_passwords
from shipway.lineage.records import ArtifactMap, ArtifactRecord, MetadataValue, TaskIdentity
from shipway.lineage.stamp import Stamp
from shipway.lineage.values import from_value, to_value

FORMAT = 1
BEGIN, COMPLETE, FAIL, CANCEL, CACHED, IMPORT, CANCEL_RUN, END_RUN = (
    "begin", "complete", "fail", "cancel", "cached", "import", "cancel_run", "end_run",
)  # fmt: skip
KINDS = frozenset({BEGIN, COMPLETE, FAIL, CANCEL, CACHED, IMPORT, CANCEL_RUN, END_RUN})
Execution = int | str
"""Which execution a record is about: the store's id, or where its beginning waits in a spool, its `Ticket` as text."""


@dataclass(frozen=True)
class Ticket:
    """An execution whose beginning the store may not have yet: the record that begins it, and its task."""

    begun_by: str
    task: TaskIdentity

    def __str__(self) -> str:
        parts = (self.begun_by, self.task.pipeline, self.task.run_id, self.task.task, self.task.step)
        return "/".join(quote(part, safe="") for part in parts)

    @classmethod
    def read(cls, text: str) -> Ticket:
        """Raises `ValueError` for what no ticket is."""
        begun_by, pipeline, run_id, task, step = map(unquote, text.split("/"))
        return cls(begun_by, TaskIdentity(pipeline, run_id, task, step))


@dataclass(frozen=True)
class Operation:
    """A call of the recorder; each kind uses the fields that its call takes."""

    kind: str
    stamp: Stamp
    task: TaskIdentity | None = None
    execution: Execution = 0
    inputs: ArtifactMap = field(default_factory=dict)
    outputs: ArtifactMap = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    output_parameters: Mapping[str, Any] = field(default_factory=dict)
    cache_key: str = ""
    sentence: str = ""
    run_id: str = ""
    state: str = ""
    reimport: bool = False

    def to_json(self) -> str:
        """As text, without the passwords among the parameters: the store would not have kept them either."""
        fields = {name: value for name, value in self.__dict__.items() if value}
        fields |= {"stamp": {"id": self.stamp.id, "made_ms": self.stamp.made_ms}}
        fields |= {"task": asdict(self.task)} if self.task else {}
        for name in ("inputs", "outputs"):
            fields |= {name: {key: [_plain(one) for one in listed] for key, listed in fields.get(name, {}).items()}}
        fields |= {"parameters": {name: _shown(value) for name, value in self.parameters.items()}}
        fields |= {"output_parameters": {name: _flat(value) for name, value in self.output_parameters.items()}}
        return json.dumps({"format": FORMAT, **{name: value for name, value in fields.items() if value}})

    @classmethod
    def from_json(cls, text: str) -> Operation:
        """Raises `ValueError` for text that no operation is."""
        try:
            fields = json.loads(text)
            if fields.pop("format") != FORMAT or fields["kind"] not in KINDS:
                raise ValueError("it was written by another version")
            fields["stamp"] = Stamp(**fields["stamp"])
            if "task" in fields:
                fields["task"] = TaskIdentity(**fields["task"])
            for name in {"inputs", "outputs"} & fields.keys():
                fields[name] = {key: [ArtifactRecord(**one) for one in listed] for key, listed in fields[name].items()}
            return cls(**fields)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it is no record ({type(error).__name__}: {error})") from error


def _plain(record: ArtifactRecord) -> dict[str, Any]:
    return {**asdict(record), "metadata": {name: _flat(value) for name, value in record.metadata.items()}}


def _flat(value: Any) -> MetadataValue:
    """A value as the store keeps it, which JSON can hold, too."""
    return from_value(to_value(value))


def _shown(value: Any) -> MetadataValue:
    flat = _flat(value)
    return without_passwords(flat) if isinstance(flat, str) else flat
