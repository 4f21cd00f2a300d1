"""Resolvers: what earlier runs made, as inputs of this one.

A pipeline that runs again and again compares with what it made before: the model that is served now, the statistics of
the span before, the examples of the last months. A resolver asks lineage for it and points its output there; nothing
is copied, except where several spans become one. Where nothing is found, its consumers get no artifact.

What would be resolved is part of the cache key, so a resolver's answer is taken from the cache while it is the same.
By default only artifacts that this pipeline made are looked at.
"""

from typing import Any

from shipway.artifacts import Artifact, Examples, ExampleStatistics, Model
from shipway.step import Input, Output, StepContext, step


def _latest_artifact(lineage: Any, artifact_type: str, output_key: str, pipeline: str, pipeline_name: str = "") -> str:
    from shipway_components.resolver.resolve import Scope, fingerprint, latest_artifact

    return fingerprint([latest_artifact(Scope.of(lineage, pipeline, pipeline_name), artifact_type, output_key)])


def _latest_model(lineage: Any, candidate: Model | None, pipeline: str, pipeline_name: str = "") -> str:
    from shipway_components.resolver.resolve import Scope, fingerprint, latest_artifact

    scope = Scope.of(lineage, pipeline, pipeline_name)
    return fingerprint([latest_artifact(scope, Model.type_name, exclude=candidate)])


def _latest_blessed_model(lineage: Any, candidate: Model | None, pipeline: str, pipeline_name: str = "") -> str:
    from shipway_components.resolver.resolve import Scope, fingerprint, latest_blessed_model

    return fingerprint([latest_blessed_model(Scope.of(lineage, pipeline, pipeline_name), candidate)])


def _previous_statistics(
    lineage: Any, statistics: ExampleStatistics, output_key: str, pipeline: str, pipeline_name: str = ""
) -> str:
    from shipway_components.resolver.resolve import Scope, fingerprint, previous_statistics

    return fingerprint([previous_statistics(Scope.of(lineage, pipeline, pipeline_name), statistics, output_key)])


def _span_range(
    lineage: Any,
    first_span: int,
    last_span: int,
    latest_spans: int,
    output_key: str,
    pipeline: str,
    pipeline_name: str = "",
) -> str:
    from shipway_components.resolver.resolve import Scope, fingerprint
    from shipway_components.resolver.spans import SpanRange, examples_in_range

    scope = Scope.of(lineage, pipeline, pipeline_name)
    return fingerprint(examples_in_range(scope, SpanRange(first_span, last_span, latest_spans), output_key))


@step(image="control", reads=_latest_artifact)
def latest_artifact_resolver(
    artifact: Output[Artifact],
    context: StepContext,
    artifact_type: str,
    output_key: str = "",
    pipeline: str = "",
) -> None:
    """Find the newest artifact of a type.

    Args:
        artifact: the artifact that was found.
        context: names this pipeline and answers from lineage.
        artifact_type: the type's name, for example "Schema".
        output_key: only what came out of a step under this name, for example "transformed_examples".
        pipeline: the pipeline that made it; empty is this one, "*" is any.
    """
    from shipway_components.resolver.resolve import Scope, latest_artifact, point_to

    point_to(artifact, latest_artifact(Scope.of_context(context, pipeline), artifact_type, output_key))


@step(image="control", reads=_latest_model)
def latest_model_resolver(
    model: Output[Model],
    context: StepContext,
    candidate: Input[Model] | None = None,
    pipeline: str = "",
) -> None:
    """Find the newest model, blessed or not, for example to warm-start training from it.

    Args:
        model: the model that was found.
        context: names this pipeline and answers from lineage.
        candidate: a model that is not meant, nor any other with the same content.
        pipeline: the pipeline that made it; empty is this one, "*" is any.
    """
    from shipway_components.resolver.resolve import Scope, latest_artifact, point_to

    scope = Scope.of_context(context, pipeline)
    point_to(model, latest_artifact(scope, Model.type_name, exclude=candidate))


@step(image="control", reads=_latest_blessed_model)
def latest_blessed_model_resolver(
    model: Output[Model],
    context: StepContext,
    candidate: Input[Model] | None = None,
    pipeline: str = "",
) -> None:
    """Find the newest blessed model, the baseline of an evaluation.

    A model whose InfraValidator said no does not count, nor one that a person has rejected.

    Args:
        model: the model that was found.
        context: names this pipeline and answers from lineage.
        candidate: the model that is being judged: neither it nor one with the same content is its own baseline.
        pipeline: the pipeline that made it; empty is this one, "*" is any.
    """
    from shipway_components.resolver.resolve import Scope, latest_blessed_model, point_to

    point_to(model, latest_blessed_model(Scope.of_context(context, pipeline), candidate))


@step(image="control", reads=_previous_statistics)
def previous_statistics_resolver(
    statistics: Input[ExampleStatistics],
    previous_statistics: Output[ExampleStatistics],
    context: StepContext,
    output_key: str = "statistics",
    pipeline: str = "",
) -> None:
    """Find the statistics of the span before, to measure drift against.

    Args:
        statistics: those of this run; their span says what comes before it.
        previous_statistics: those of the nearest earlier span; without spans, the newest with another content. Those
            of data that a validation refused are passed over.
        context: names this pipeline and answers from lineage.
        output_key: the name under which a step put them out; Transform's statistics have others.
        pipeline: the pipeline that made them; empty is this one, "*" is any.
    """
    from shipway_components.resolver.resolve import Scope, point_to
    from shipway_components.resolver.resolve import previous_statistics as find

    point_to(previous_statistics, find(Scope.of_context(context, pipeline), statistics, output_key))


@step(image="data", reads=_span_range)
def span_range_resolver(
    examples: Output[Examples],
    context: StepContext,
    first_span: int = 0,
    last_span: int = -1,
    latest_spans: int = 0,
    output_key: str = "examples",
    pipeline: str = "",
) -> None:
    """Bring the examples of several spans together, each span once in its newest version.

    Args:
        examples: all rows of the spans, split by split; its metadata lists the `spans` as JSON.
        context: names this pipeline and answers from lineage.
        first_span: the first span that counts.
        last_span: the last one; -1 is the newest there is.
        latest_spans: of those, only so many of the newest; 0 is all.
        output_key: the name under which a step put them out, "transformed_examples" for those of a Transform.
        pipeline: the pipeline that made them; empty is this one, "*" is any.
    """
    from shipway_components.resolver.resolve import Scope, point_to
    from shipway_components.resolver.spans import SpanRange, examples_in_range, merge_spans

    scope = Scope.of_context(context, pipeline)
    found = examples_in_range(scope, SpanRange(first_span, last_span, latest_spans), output_key)
    if len(found) > 1:
        merge_spans(found, examples)
    else:
        point_to(examples, found[0] if found else None)
