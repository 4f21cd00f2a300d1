"""Every step that ships with Shipway, in the order in which data flows through them.

    from shipway_components.steps import example_gen, statistics_gen

Importing this costs milliseconds: what is heavy is imported by a step when it runs.
"""

from shipway_components.bulk_inferrer import bulk_inferrer
from shipway_components.evaluator import evaluator
from shipway_components.example_gen import example_gen, sql_example_gen
from shipway_components.example_validator import example_validator
from shipway_components.infra_validator import infra_validator
from shipway_components.pusher import pusher
from shipway_components.resolver import (
    latest_artifact_resolver,
    latest_blessed_model_resolver,
    latest_model_resolver,
    previous_statistics_resolver,
    span_range_resolver,
)
from shipway_components.schema_gen import import_schema_gen, schema_gen
from shipway_components.statistics_gen import statistics_gen
from shipway_components.trainer import trainer
from shipway_components.transform import transform

STEPS = (
    example_gen,
    sql_example_gen,
    statistics_gen,
    schema_gen,
    import_schema_gen,
    previous_statistics_resolver,
    example_validator,
    transform,
    trainer,
    latest_artifact_resolver,
    latest_model_resolver,
    latest_blessed_model_resolver,
    span_range_resolver,
    evaluator,
    infra_validator,
    bulk_inferrer,
    pusher,
)
