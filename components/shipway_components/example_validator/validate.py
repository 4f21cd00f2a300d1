"""Every check on every split, and what comes of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from shipway.artifacts import ExampleAnomalies, ExampleStatistics, Schema
from shipway.data.errors import listing
from shipway.data.schema import check_environment, read_schema
from shipway.data.split_choice import chosen_splits
from shipway.data.statistics import ALL_EXAMPLES, overall, read_split_statistics
from shipway.data.validation_engine import custom_anomalies, validate_statistics
from shipway.errors import InputError
from shipway_components.example_validator.anomalies import add_anomalies, add_slice, findings
from shipway_components.example_validator.imbalance import BalanceLimits, imbalances, read_limits
from shipway_components.example_validator.verdict import AnomaliesFound, errors, log_findings

log = logging.getLogger(__name__)

FILE_NAME = "SchemaDiff.pb"

PAIRS = ("feature_pair_validations", "featurePairValidations")
"""What in a custom validation config needs previous statistics."""

Dataset = statistics_pb2.DatasetFeatureStatistics
StatisticsList = statistics_pb2.DatasetFeatureStatisticsList


class NoServingSplit(InputError):
    """Serving statistics with several splits, none of which is the one to compare with."""

    def __init__(self, split: str, splits: Sequence[str]) -> None:
        super().__init__(
            f"The serving statistics have no split {split!r} to measure skew against, but {listing(splits)}: "
            f"give them one split, or the same splits as the training statistics."
        )


@dataclass(frozen=True)
class Checks:
    """What statistics are held against."""

    schema: schema_pb2.Schema
    environment: str
    slices: bool
    imbalance: Mapping[str, BalanceLimits]
    custom: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        schema: Schema,
        environment: str,
        slices: bool,
        imbalance: Mapping[str, Any],
        custom: Mapping[str, Any],
    ) -> Checks:
        """Read schema and parameters; raises what `read_schema`, `check_environment` and `read_limits` raise."""
        content = read_schema(schema.schema_file)
        check_environment(content, environment)
        return cls(content, environment, slices, read_limits(imbalance), custom)


@dataclass(frozen=True)
class Baselines:
    """Other statistics that a split is compared with: its own split of theirs, or their only one."""

    previous: ExampleStatistics | None = None
    serving: ExampleStatistics | None = None

    def previous_of(self, split: str) -> StatisticsList | None:
        """None where there was no such split before: a new split has not drifted."""
        found = _counterpart(self.previous, split)
        if self.previous is not None and found is None:
            log.warning("No drift is measured for split %r, which the previous statistics do not have.", split)
        return found

    def serving_of(self, split: str) -> StatisticsList | None:
        """Raises `NoServingSplit` where it cannot be told which split to compare with."""
        found = _counterpart(self.serving, split)
        if self.serving is not None and found is None:
            raise NoServingSplit(split, self.serving.split_names)
        return found


def validate(
    statistics: ExampleStatistics,
    anomalies: ExampleAnomalies,
    checks: Checks,
    baselines: Baselines,
    exclude_splits: Sequence[str] = (),
    failing_run: str | None = None,
) -> None:
    """Write the anomalies of each split into `anomalies`, and log them.

    Raises `AnomaliesFound` for anomalies that are errors, unless `failing_run`, the run to name there, is None.
    """
    found = {}
    for split in chosen_splits(statistics.split_names, exclude_splits, "statistics"):
        current = read_split_statistics(statistics, split)
        found[split] = split_anomalies(current, checks, baselines.previous_of(split), baselines.serving_of(split))
        folder = anomalies.split_path(split)
        folder.mkdir(parents=True)
        (folder / FILE_NAME).write_bytes(found[split].SerializeToString(deterministic=True))
        log_findings(split, found[split])
    anomalies.split_names = list(found)
    anomalies.span = statistics.span
    anomalies.metadata["anomalies"] = sum(len(list(findings(each))) for each in found.values())
    if failing_run is not None and any(errors(each) for each in found.values()):
        raise AnomaliesFound(found, failing_run, anomalies)


def split_anomalies(
    current: StatisticsList, checks: Checks, previous: StatisticsList | None, serving: StatisticsList | None
) -> anomalies_pb2.Anomalies:
    """The anomalies of one split, and of its slices where they are asked for."""
    whole = overall(current)
    schema, environment = checks.schema, checks.environment
    found = validate_statistics(
        whole, schema, environment, previous and overall(previous), serving and overall(serving)
    )  # fmt: skip
    add_anomalies(found, imbalances(whole, schema, checks.imbalance))
    custom = checks.custom if previous else {key: checks.custom[key] for key in checks.custom if key not in PAIRS}
    if custom:
        add_anomalies(found, custom_anomalies(current, custom, environment, previous).anomaly_info.values())
    if checks.slices:
        schema = schema_pb2.Schema()
        schema.CopyFrom(checks.schema)
        schema.ClearField("dataset_constraints")
        for dataset in current.datasets:
            if dataset.name not in ("", ALL_EXAMPLES):
                before, served = _slice(previous, dataset.name), _slice(serving, dataset.name)
                add_slice(found, dataset.name, validate_statistics(dataset, schema, environment, before, served))
    return found


def _slice(statistics: StatisticsList | None, name: str) -> Dataset | None:
    datasets = [] if statistics is None else statistics.datasets
    return next((dataset for dataset in datasets if dataset.name == name), None)


def _counterpart(statistics: ExampleStatistics | None, split: str) -> StatisticsList | None:
    if statistics is None:
        return None
    names = statistics.split_names
    if split not in names and len(names) != 1:
        return None
    return read_split_statistics(statistics, split if split in names else names[0])
