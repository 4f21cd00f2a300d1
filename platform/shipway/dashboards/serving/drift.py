"""Live inputs of a model against the rows that it learned from: the whole comparison, which takes a moment.

Work for a thread: it reads up to 20,000 logged rows, makes statistics of them and measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.dashboards.artifact_files import folder_of
from shipway.dashboards.runs.texts import plain
from shipway.dashboards.serving.distances import Distance, distances_of
from shipway.dashboards.serving.live_inputs import LiveInputs, live_inputs
from shipway.dashboards.serving.shapes import Bin, Side, bins_of, side_of
from shipway.dashboards.statistics_files import name_of, split_names, statistics_file, without_data_extra
from shipway.errors import InputError, ShipwayError
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.pushes import Push
from shipway.lineage.training_data import TrainingData, training_data_of
from shipway.runner.home import Home

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

TRAINING_SPLIT = "train"
LARGEST_SCHEMA = 16 << 20
NUMERIC, TEXT = "numeric", "text"


@dataclass(frozen=True)
class FeatureDrift:
    """A feature on both sides; `distances` is empty, and `note` says why, where it cannot be measured."""

    name: str
    kind: str
    training: Side
    live: Side
    distances: Sequence[Distance]
    bins: Sequence[Bin]
    note: str = ""

    @property
    def worst(self) -> Distance | None:
        """The distance that says most: in thresholds where there are some."""
        return max(self.distances, key=_severity, default=None)

    @property
    def is_beyond(self) -> bool:
        return any(one.is_beyond for one in self.distances)


@dataclass(frozen=True)
class Drift:
    """The comparison, worst first. `sentence` says in one why there is none; `live` and what follows say of what it is.

    `without_live` are features of training that no request has, `without_training` inputs that training does not know.
    """

    features: Sequence[FeatureDrift] = ()
    live: LiveInputs | None = None
    examples: RecordedArtifact | None = None
    split: str = ""
    schema: RecordedArtifact | None = None
    without_live: Sequence[str] = ()
    without_training: Sequence[str] = ()
    sentence: str = ""
    notes: Sequence[str] = ()

    @property
    def has_thresholds(self) -> bool:
        return any(distance.threshold is not None for one in self.features for distance in one.distances)


class NoTrainingStatistics(InputError):
    """Lineage does not lead from a served version to statistics."""


@dataclass(frozen=True)
class DriftQuestion:
    """Which model and version, and where everything is looked for.

    Without a version it is the one that was asked last of those that lineage knows of.
    """

    model: str
    version: str
    log: Path
    home: Home
    queries: LineageQueries
    pushes: Sequence[Push]

    def answer(self) -> Drift:
        """The comparison; it never raises what a sentence can say."""
        try:
            known = {one.version for one in self.pushes if one.model_name == self.model}
            live = live_inputs(self.log, self.model, self.version, known)
        except InputError as fault:
            return Drift(sentence=str(fault))
        try:
            return self._compared(live)
        except ImportError as error:
            return Drift(live=live, sentence=without_data_extra(error))
        except (ShipwayError, OSError) as fault:
            return Drift(live=live, sentence=str(fault))

    def _compared(self, live: LiveInputs) -> Drift:
        from shipway.data.statistics import generate_statistics, overall, read_statistics

        data = self._training_data(live.version)
        assert data.examples is not None
        assert data.statistics is not None
        folder = folder_of(data.statistics, self.home)
        split = next(iter(sorted(split_names(folder), key=lambda name: name != TRAINING_SPLIT)), TRAINING_SPLIT)
        training = overall(read_statistics(statistics_file(folder, split).path))
        schema, notes = self._schema(data)
        found = overall(generate_statistics(live.batches, schema=schema))
        features, without_live, without_training = compare(training, found, schema)
        return Drift(
            features, live, data.examples, split, data.schema, without_live, without_training,
            notes=[*live.notes, *notes],
        )  # fmt: skip

    def _training_data(self, version: str) -> TrainingData:
        """Raises `NoTrainingStatistics`."""
        push = next((one for one in self.pushes if (one.model_name, one.version) == (self.model, version)), None)
        if push is None or push.model is None:
            raise NoTrainingStatistics(
                f"Lineage does not know what version {version} of {self.model[:300]!r} learned from: no push to a "
                "folder of that name with that version is recorded in this metadata store."
            )
        data = training_data_of(self.queries.service, push.model.id)
        if data.statistics is None:
            raise NoTrainingStatistics(
                f"Model {push.model.id}, which is version {version} of {self.model[:300]!r}, learned from rows of "
                "which lineage has no statistics: let statistics_gen look at them."
            )
        return data

    def _schema(self, data: TrainingData) -> tuple[schema_pb2.Schema | None, list[str]]:
        """The model's schema, or none and why not: it can be compared without."""
        if data.schema is None:
            return None, ["The model was given no schema, so there are no thresholds."]
        from shipway.data.schema import FILE_NAME, read_schema

        try:
            path = folder_of(data.schema, self.home) / FILE_NAME
            if path.stat().st_size > LARGEST_SCHEMA:
                return None, [f"{str(path)!r} is too large to be read for a page, so there are no thresholds."]
            return read_schema(path), []
        except (ShipwayError, OSError) as fault:
            return None, [f"The model's schema cannot be read, so there are no thresholds: {fault}"]


def compare(
    training: statistics_pb2.DatasetFeatureStatistics,
    live: statistics_pb2.DatasetFeatureStatistics,
    schema: schema_pb2.Schema | None,
) -> tuple[list[FeatureDrift], list[str], list[str]]:
    """Features of both sides, worst first; the names that only training has, and those that only requests have."""
    known: Mapping[str, statistics_pb2.FeatureNameStatistics] = {name_of(one): one for one in training.features}
    asked: Mapping[str, statistics_pb2.FeatureNameStatistics] = {name_of(one): one for one in live.features}
    measured = distances_of(training, live, schema)
    features = [_feature(name, known[name], asked[name], measured.get(name, [])) for name in known if name in asked]
    features.sort(key=_order)
    return (
        features,
        [plain(one) for one in known if one not in asked],
        [plain(one) for one in asked if one not in known],
    )


def _feature(
    name: str,
    training: statistics_pb2.FeatureNameStatistics,
    live: statistics_pb2.FeatureNameStatistics,
    distances: Sequence[Distance],
) -> FeatureDrift:
    kinds = training.WhichOneof("stats"), live.WhichOneof("stats")
    note = ""
    if not distances:
        different = kinds[0] != kinds[1]
        note = "its values are of another type than in training" if different else "there is no value to measure by"
    kind = NUMERIC if kinds[1] == "num_stats" else TEXT
    return FeatureDrift(plain(name), kind, side_of(training), side_of(live), distances, bins_of(training, live), note)


def _severity(distance: Distance) -> float:
    return distance.value / distance.threshold if distance.threshold else distance.value


def _order(feature: FeatureDrift) -> tuple[bool, bool, float, str]:
    """What is beyond a threshold first, then by how far; what cannot be measured comes before what is the same."""
    worst = feature.worst
    return not feature.is_beyond, worst is not None, -_severity(worst) if worst else 0.0, feature.name
