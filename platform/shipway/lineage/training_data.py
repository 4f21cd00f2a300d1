"""The rows that a model learned from, with the statistics that were made of them and the schema that it was given.

A trainer mostly takes what a Transform made; the statistics are of the rows before that, and are looked for level by
level above the model.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from shipway.lineage.about_rows import newest_products
from shipway.lineage.ingredients import ingredients_of
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService

EXAMPLES, STATISTICS, SCHEMA = "Examples", "ExampleStatistics", "Schema"
LEVELS = 8


@dataclass(frozen=True)
class TrainingData:
    """Rows that have statistics, their newest ones, and the schema nearest to the model; None of what there is not."""

    examples: RecordedArtifact | None = None
    statistics: RecordedArtifact | None = None
    schema: RecordedArtifact | None = None


def training_data_of(service: MetadataService, model_id: int) -> TrainingData:
    """Of the nearest rows above a model that have statistics, the newest."""
    frontier: Collection[int] = [model_id]
    seen: set[int] = set()
    schema: RecordedArtifact | None = None
    for _ in range(LEVELS):
        origins = ingredients_of(service, frontier)
        taken = {one.id: one for origin in origins.values() for one in origin.taken.values()}
        if schema is None:
            schema = max((one for one in taken.values() if one.type_name == SCHEMA), key=_id, default=None)
        examples = {key: one for key, one in taken.items() if one.type_name == EXAMPLES and key not in seen}
        statistics = newest_products(service, examples, STATISTICS)
        if statistics:
            newest = max(statistics)
            return TrainingData(examples[newest], statistics[newest], schema)
        if not examples:
            break
        seen.update(examples)
        frontier = examples
    return TrainingData(schema=schema)


def _id(artifact: RecordedArtifact) -> int:
    return artifact.id
