"""ExampleValidator: the gate that bad data does not pass.

A model trained on broken data fails silently and weeks later. This step compares statistics with the schema, with those
of the previous span (drift) and with those of serving data (skew), and stops the run before anything is trained.
"""

from typing import Any

from shipway.artifacts import ExampleAnomalies, ExampleStatistics, Schema
from shipway.step import Input, Output, StepContext, step


@step(image="data")
def example_validator(
    statistics: Input[ExampleStatistics],
    schema: Input[Schema],
    anomalies: Output[ExampleAnomalies],
    context: StepContext,
    previous_statistics: Input[ExampleStatistics] | None = None,
    serving_statistics: Input[ExampleStatistics] | None = None,
    environment: str = "",
    exclude_splits: list[str] = [],
    validate_slices: bool = False,
    imbalance: dict[str, Any] = {},
    custom_validation_config: dict[str, Any] = {},
    fail_on_anomalies: bool = True,
) -> None:
    """Look for anomalies in each split: against the schema, against earlier data and against serving data.

    Args:
        statistics: from statistics_gen.
        schema: what the data has to look like; the features' drift and skew comparators hold the thresholds.
        anomalies: `Split-<name>/SchemaDiff.pb` for each split, in TFDV's format.
        context: names the run that a person may accept changes of.
        previous_statistics: of the span before, to measure drift against; without them none is measured.
        serving_statistics: of serving data, to measure skew against; without them none is measured.
        environment: one of the schema's environments; a feature that is not in it (a label when serving) may be absent.
        exclude_splits: names of splits to leave out.
        validate_slices: whether the slices of the statistics are held against the schema as well, each with the same
            slice of earlier and of serving data.
        imbalance: limits for the share of single values, by categorical feature:
            {"label": {"min_fraction": 0.05, "max_fraction": 0.95}}.
        custom_validation_config: conditions of one's own in SQL, the JSON form of TFDV's CustomValidationConfig;
            conditions on pairs of features compare with the previous statistics, where there are some.
        fail_on_anomalies: whether an anomaly stops the run; it is recorded and logged in either case.
    """
    from shipway_components.example_validator.validate import Baselines, Checks, validate

    checks = Checks.of(schema, environment, validate_slices, imbalance, custom_validation_config)
    baselines = Baselines(previous_statistics, serving_statistics)
    validate(statistics, anomalies, checks, baselines, exclude_splits, context.run_id if fail_on_anomalies else None)
