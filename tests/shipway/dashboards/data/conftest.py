"""A home in which a pipeline's data is recorded span after span, with real statistics, schemas and anomalies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from shipway.artifacts import digest_tree
from shipway.data.schema import write_schema
from shipway.data.statistics import StatisticsOptions, generate_statistics, overall, write_statistics
from shipway.data.validation_engine import infer_schema, validate_statistics
from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.runner.home import Home

Statistics = statistics_pb2.DatasetFeatureStatisticsList
HOSTILE_FEATURE = "<img src=x onerror=alert(1)>\u202e" + "f" * 300


@dataclass
class DataHome:
    """Records spans of a pipeline as its steps would."""

    home: Home
    lineage: Lineage
    pipeline: str = "trips"

    @property
    def queries(self) -> LineageQueries:
        return self.lineage.queries()

    def folder(self, run: str, task: str, key: str) -> Path:
        found = self.home.artifacts / self.pipeline / run / task / "1" / key
        found.mkdir(parents=True, exist_ok=True)
        return found

    def record(self, kind: str, folder: Path, digest: str = "", **metadata: Any) -> ArtifactRecord:
        return ArtifactRecord(kind, str(folder), metadata, digest or digest_tree(folder))

    def task(self, run: str, task: str, inputs: Any, outputs: Any, failure: str = "", **given: Any) -> None:
        identity = TaskIdentity(self.pipeline, run, task, f"shipway_components.{task.replace('-', '_')}")
        lists = [{key: [one] for key, one in records.items()} for records in (inputs, outputs)]
        execution = self.lineage.begin(identity, lists[0], given, f"key-of-{task}")
        if failure:
            self.lineage.fail(execution, failure, lists[1])
        else:
            self.lineage.complete(execution, lists[1], {})

    def examples(self, run: str, span: int, rows: dict[str, int]) -> ArtifactRecord:
        folder = self.folder(run, "example-gen", "examples")
        (folder / "rows").write_text(f"{run} {rows}")
        split_rows = json.dumps(rows)
        made = self.record("Examples", folder, span=span, version=1, rows=sum(rows.values()), split_rows=split_rows)
        self.task(run, "example-gen", {}, {"examples": made})
        return made

    def statistics(
        self, run: str, examples: ArtifactRecord, splits: dict[str, Statistics], **metadata: Any
    ) -> ArtifactRecord:
        folder = self.folder(run, "statistics-gen", "statistics")
        for split, found in splits.items():
            (folder / f"Split-{split}").mkdir()
            write_statistics(folder / f"Split-{split}" / "FeatureStats.pb", found)
        given = {"span": examples.metadata["span"], "split_names": json.dumps(list(splits)), **metadata}
        made = self.record("ExampleStatistics", folder, **given)
        self.task(run, "statistics-gen", {"examples": examples}, {"statistics": made})
        return made

    def schema(self, run: str, schema: schema_pb2.Schema, curated: str = "") -> ArtifactRecord:
        folder = self.folder(run, "schema-gen", "schema")
        write_schema(folder / "schema.pbtxt", schema)
        made = self.record("Schema", folder, features=len(schema.feature))
        if curated:
            self.task(run, "import-schema-gen", {}, {"schema": made}, schema_file=curated)
        else:
            self.task(run, "schema-gen", {}, {"schema": made})
        return made

    def validation(
        self,
        run: str,
        statistics: ArtifactRecord,
        previous: ArtifactRecord | None,
        schema: schema_pb2.Schema,
        schema_record: ArtifactRecord,
    ) -> ArtifactRecord:
        folder = self.folder(run, "example-validator", "anomalies")
        count = 0
        for split in json.loads(str(statistics.metadata["split_names"])):
            own, before = (one and plain(read(Path(one.uri), split)) for one in (statistics, previous))
            found = validate_statistics(own, schema, previous=before)
            count += len(found.anomaly_info)
            (folder / f"Split-{split}").mkdir()
            (folder / f"Split-{split}" / "SchemaDiff.pb").write_bytes(found.SerializeToString())
        made = self.record("ExampleAnomalies", folder, span=statistics.metadata["span"], anomalies=count)
        inputs = {"statistics": statistics, "schema": schema_record}
        if previous is not None:
            inputs["previous_statistics"] = previous
        self.task(run, "example-validator", inputs, {"anomalies": made})
        return made

    def id_of(self, record: ArtifactRecord) -> int:
        found = self.queries.artifact_by_uri(record.uri)
        assert found is not None
        return found.id

    def file_of(self, record: ArtifactRecord, split: str = "train") -> Path:
        name = "FeatureStats.pb" if record.type_name == "ExampleStatistics" else "SchemaDiff.pb"
        return Path(record.uri) / f"Split-{split}" / name


def read(folder: Path, split: str) -> Statistics:
    from shipway.data.statistics import read_statistics

    return read_statistics(folder / f"Split-{split}" / "FeatureStats.pb")


def plain(found: Statistics) -> statistics_pb2.DatasetFeatureStatistics:
    """The whole data set without what only a schema can explain to TFDV, whose process would end over it."""
    dataset = overall(found)
    kept = [one for one in dataset.features if one.WhichOneof("stats") not in (None, "struct_stats")]
    made = statistics_pb2.DatasetFeatureStatistics(num_examples=dataset.num_examples)
    made.features.extend(one for one in kept if len(one.path.step) == 1)
    return made


def rows_of(span: int, count: int) -> pa.Table:
    """Trips whose fares rise and whose companies change from span to span."""
    random = np.random.default_rng(span)
    companies = [f"company {number}" for number in random.integers(0, 8 + 2 * span, count)]
    odd = random.normal(0, 1, count)
    odd[:3] = [np.nan, np.inf, -np.inf]
    return pa.table(
        {
            "fare": random.gamma(2, 4 + 3 * span, count),
            "hour": random.integers(0, 24, count),
            "company": companies,
            "paid": random.choice(["cash", "card", "free"], count, p=[0.5 - 0.1 * span, 0.4 + 0.1 * span, 0.1]),
            "tips": pa.array([None if one < 0.3 else float(one) for one in random.random(count)]),
            "stops": [list(range(int(one))) for one in random.integers(0, 5, count)],
            "odd": odd,
            "huge": random.choice([1e300, -1e300, 1.7e308, -1.7e308], count),
            "always": [7] * count,
            "empty": pa.array([None] * count, pa.string()),
            "not a number": [float("nan")] * count,
            "day": [f"2026-11-{1 + int(one):02}" for one in random.integers(0, 28, count)],
            HOSTILE_FEATURE: [f"<b>{number}</b>\u202e" for number in random.integers(0, 3, count)],
            "weight": random.random(count),
        }
    )


OPTIONS = StatisticsOptions(weight_feature="weight", slices=({"paid": None},))


def split_statistics(span: int, count: int) -> Statistics:
    """Statistics of rows by slice."""
    return generate_statistics(rows_of(span, count).to_batches(), OPTIONS)


def with_other_kinds(found: Statistics, count: int) -> Statistics:
    """Those with features of kinds that the rows here do not have: bytes, a nested path, no kind."""
    dataset = found.datasets[0]
    picture = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.BYTES)
    picture.path.step.append("picture")
    picture.bytes_stats.common_stats.num_non_missing = picture.bytes_stats.common_stats.tot_num_values = count
    picture.bytes_stats.avg_num_bytes, picture.bytes_stats.max_num_bytes = 1234.5, 9000
    person = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.STRUCT)
    person.path.step.append("person")
    person.struct_stats.common_stats.num_non_missing = count
    age = dataset.features.add()
    age.CopyFrom(next(one for one in dataset.features if list(one.path.step) == ["fare"]))
    age.path.step[:] = ["person", "age"]
    composite = dataset.features.add()
    composite.path.step.append("sparse")
    composite.custom_stats.add(name="missing_value", num=3)
    return found


def schema_for(statistics: Statistics, threshold: float) -> schema_pb2.Schema:
    schema = infer_schema(plain(statistics))
    for feature in schema.feature:
        if feature.name == "fare":
            feature.drift_comparator.jensen_shannon_divergence.threshold = threshold
        elif feature.name in ("company", "paid"):
            feature.drift_comparator.infinity_norm.threshold = threshold
    return schema


@dataclass(frozen=True)
class Recorded:
    """What `record_spans` recorded, a list of each kind by span."""

    examples: list[ArtifactRecord]
    statistics: list[ArtifactRecord]
    schemas: list[ArtifactRecord]
    anomalies: list[ArtifactRecord]


def record_spans(data: DataHome, spans: int = 3) -> Recorded:
    """Spans 0 to `spans` - 1, a run each; from the second on drift is measured; the schema changes with the last."""
    recorded = Recorded([], [], [], [])
    schema = schema_pb2.Schema()
    for span in range(spans):
        run = f"trips-{span}"
        splits = {
            split: with_other_kinds(split_statistics(span, count), count)
            for split, count in (("train", 400), ("eval", 200))
        }
        examples = data.examples(run, span, {"train": 400, "eval": 200})
        statistics = data.statistics(run, examples, splits)
        if span in (0, spans - 1):
            schema = schema_for(splits["train"], 0.01 * (span + 1))
            known = data.schema(run, schema, "curated.pbtxt" if span else "")
        previous = recorded.statistics[-1] if recorded.statistics else None
        anomalies = data.validation(run, statistics, previous, schema, known)
        for kept, one in zip(
            (recorded.examples, recorded.statistics, recorded.schemas, recorded.anomalies),
            (examples, statistics, known, anomalies),
            strict=True,
        ):
            kept.append(one)
    return recorded


@pytest.fixture
def data_home(tmp_path: Path) -> Iterator[DataHome]:
    home = Home(tmp_path / "home")
    with Lineage.open(home.metadata_db) as lineage:
        yield DataHome(home, lineage)


@dataclass(frozen=True)
class Spans:
    data: DataHome
    recorded: Recorded


@pytest.fixture(scope="session")
def three_spans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spans]:
    """Three spans to look at; no test changes them."""
    home = Home(tmp_path_factory.mktemp("spans") / "home")
    with Lineage.open(home.metadata_db) as lineage:
        data = DataHome(home, lineage)
        yield Spans(data, record_spans(data))


@pytest.fixture
def own_spans(data_home: DataHome) -> Spans:
    """Two spans for a test that damages something."""
    return Spans(data_home, record_spans(data_home, 2))
