"""Evaluator: whether the new model is good enough, on every slice that matters, and better than the one before.

An average hides whom a model fails. This step computes the metrics of TFMA's EvalConfig on every slice, holds them
against thresholds and against the last blessed model, and blesses the model or says in words why not.
"""

from typing import Any, NamedTuple

from shipway.artifacts import (
    ClassificationMetrics,
    Examples,
    Markdown,
    Metrics,
    Model,
    ModelBlessing,
    ModelEvaluation,
    Schema,
)
from shipway.step import Input, Output, StepContext, step


class Verdict(NamedTuple):
    """For pipelines that branch on it."""

    blessed: bool


@step(image="data", memory="4Gi", preload=("tensorflow", "shipway_components.evaluator.evaluate_model"))
def evaluator(
    examples: Input[Examples],
    model: Input[Model],
    evaluation: Output[ModelEvaluation],
    blessing: Output[ModelBlessing],
    metrics: Output[Metrics],
    classification: Output[ClassificationMetrics],
    report: Output[Markdown],
    context: StepContext,
    eval_config: dict[str, Any],
    baseline_model: Input[Model] | None = None,
    schema: Input[Schema] | None = None,
    example_splits: list[str] = ["eval"],
) -> Verdict:
    """Compute sliced metrics, hold them against thresholds and a baseline, and bless the model or not.

    Args:
        examples: the raw examples, with the label unless the model's transform makes it: then the model spec has
            "preprocessing_function_names": ["transform_features"].
        model: the model to judge.
        evaluation: the EvalResult, as `tfma.load_eval_result` opens it; its metadata has a short `summary` as JSON.
        blessing: the file BLESSED or NOT_BLESSED; its metadata has the `reasons` as a JSON list.
        metrics: the metrics of all rows as numbers, for Kubeflow's pages.
        classification: the ROC curve and the confusion matrix, for Kubeflow's pages, where the configuration has plots.
        report: the verdict, the metrics and the worst slices in Markdown.
        context: where progress is told.
        eval_config: the JSON form of tfma.EvalConfig: model_specs, slicing_specs, metrics_specs with thresholds.
        baseline_model: the model to compare with, from a resolver; without it change thresholds are left out.
        schema: gives calibration plots of a label that is not 0 or 1 its range.
        example_splits: the splits whose rows are evaluated together.
    """
    from shipway_components.evaluator.evaluate_model import Candidates, evaluate_model
    from shipway_components.evaluator.kubeflow_pages import show

    candidates = Candidates(model, baseline_model)
    judgement = evaluate_model(
        examples, candidates, evaluation, blessing, eval_config, example_splits, context, schema
    )  # fmt: skip
    show(model, judgement, metrics, classification, report, context)
    return Verdict(not judgement.reasons)
