"""The versions of a schema: artifacts one after another, those with the same content as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from shipway.dashboards.runs.texts import plain
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import Use, makers_of
from shipway.lineage.newest_of_type import newest_of_pipeline

SCHEMA = "Schema"
READ_AT_ONCE = 100
READ_AT_MOST = 300
USUAL_OUTPUT = "schema"
"""The output of schema_gen and import_schema_gen; a Transform puts out others."""


@dataclass(frozen=True)
class Version:
    """One content: the newest artifact that has it, the oldest one in a row, and who made that; `count` of them."""

    newest: RecordedArtifact
    oldest: RecordedArtifact
    maker: Use | None
    count: int

    @property
    def curated_from(self) -> str:
        """The file that people wrote, "" for a schema that was inferred."""
        return plain(self.maker.execution.parameters.get("schema_file", "")) if self.maker else ""


@dataclass(frozen=True)
class History:
    """Versions of one output, newest first; `outputs` are all there are. `older` is an id, None at the end."""

    versions: Sequence[Version]
    output: str
    outputs: Sequence[str]
    older: int | None


def history_of(queries: LineageQueries, pipeline: str, output: str, below: int | None, most: int) -> History | None:
    """At most `most` versions of what the pipeline puts out as `output`, "" for the usual one; None: no such pipeline.

    One more version than is asked for is looked for, to hold the last one against, and comes along.
    """
    artifacts: list[RecordedArtifact] = []
    makers: dict[int, Use] = {}
    is_whole = False
    while not is_whole and len(artifacts) < READ_AT_MOST:
        more = newest_of_pipeline(queries.service, pipeline, SCHEMA, READ_AT_ONCE, below)
        if more is None:
            return None
        artifacts += more
        makers.update(makers_of(queries.service, [one.id for one in more]))
        is_whole = len(more) < READ_AT_ONCE
        outputs = _outputs(artifacts, makers)
        chosen = output if output in outputs else next(iter(outputs), "")
        versions = list(islice(_versions(artifacts, makers, chosen), most + 1))
        if len(versions) > most:
            return History(versions, chosen, outputs, versions[most].newest.id + 1)
        below = artifacts[-1].id if artifacts else None
    return History(versions, chosen, outputs, None if is_whole else below)


def _outputs(artifacts: Sequence[RecordedArtifact], makers: Mapping[int, Use]) -> list[str]:
    keys = dict.fromkeys(_key(one, makers) for one in artifacts)
    return sorted(keys, key=lambda key: key != USUAL_OUTPUT)


def _key(artifact: RecordedArtifact, makers: Mapping[int, Use]) -> str:
    return makers[artifact.id].key if artifact.id in makers else ""


def _versions(artifacts: Sequence[RecordedArtifact], makers: Mapping[int, Use], output: str) -> Iterator[Version]:
    of_output = (one for one in artifacts if _key(one, makers) == output)
    for _, alike in groupby(of_output, key=lambda one: one.digest or one.uri):
        same = list(alike)
        yield Version(same[0], same[-1], makers.get(same[-1].id), len(same))
