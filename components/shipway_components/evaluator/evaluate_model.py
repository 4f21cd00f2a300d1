"""The Evaluator's work: models and examples in, EvalResult and blessing out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from shipway.artifacts import Examples, Model, ModelBlessing, ModelEvaluation, Schema, write_text
from shipway.data.evaluation.columns import check_columns, label_columns, slicing_columns, weight_columns
from shipway.data.evaluation.eval_config import (
    candidate_spec,
    complete_eval_config,
    count_change_thresholds,
    has_thresholds,
    parse_eval_config,
)
from shipway.data.evaluation.eval_result import EvalRun, write_eval_result
from shipway.data.evaluation.evaluate import Evaluation, evaluate, plan_evaluation
from shipway.data.evaluation.metric_requests import LabelRanges
from shipway.data.evaluation.reasons import reasons_of
from shipway.data.evaluation.summary import summarise
from shipway.data.examples import read_split, split_columns
from shipway.data.model.serving_model import ServingModel
from shipway.step import StepContext
from shipway_components.evaluator.judgement import Judgement
from shipway_components.evaluator.preprocessing import Preprocessing

BATCH_ROWS = 16384
BLESSED = "BLESSED"
NOT_BLESSED = "NOT_BLESSED"
DEFAULT_SPLITS = ("eval",)


@dataclass(frozen=True)
class Candidates:
    """The model to judge, and the one to compare it with where there is one."""

    model: Model
    baseline: Model | None = None

    def of(self, spec: Any) -> Model:
        """The model of one of the configuration's model specs."""
        return self.baseline if spec.is_baseline and self.baseline is not None else self.model


class Predictor:
    """One loaded model behind one of its signatures."""

    def __init__(self, model: Model, signature_name: str) -> None:
        self.model = ServingModel.load(model.serving_path)
        self.signature = self.model.signature(signature_name)

    def __call__(self, batch: pa.RecordBatch) -> dict[str, Any]:
        return self.model.predict(batch, self.signature.name)

    def columns(self, there: Iterable[str]) -> set[str]:
        """The columns that the signature reads, of those that are there."""
        return {name for name in there if self.signature.takes_examples or name in self.signature.inputs}


class Passes:
    """The loaded models of a configuration, and the rows and columns that they and the metrics need."""

    def __init__(self, config: Any, candidates: Candidates) -> None:
        specs = list(config.model_specs)
        judged = candidate_spec(config)
        self.predictors = {spec.name: Predictor(candidates.of(spec), spec.signature_name) for spec in specs}
        self.preprocessing = Preprocessing(self.predictors[judged.name].model, judged.preprocessing_function_names)
        self.configured = {*label_columns(config), *weight_columns(config), *slicing_columns(config)}

    def enrich(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows with the columns that the model's own transform makes of them."""
        return self.preprocessing.add(batch, self.configured)

    def read(self, examples: Examples, columns: Mapping[str, list[str]], *, whole: bool) -> Iterator[pa.RecordBatch]:
        """The rows of all splits, with the columns that somebody reads or, `whole`, with every one."""
        for split, names in columns.items():
            wanted = self.configured | self.preprocessing.columns(names)
            wanted = wanted.union(*(predictor.columns(names) for predictor in self.predictors.values()))
            read = [name for name in names if whole or name in wanted]
            yield from read_split(examples, split, read, BATCH_ROWS)


def evaluate_model(
    examples: Examples,
    candidates: Candidates,
    evaluation: ModelEvaluation,
    blessing: ModelBlessing,
    eval_config: dict[str, Any],
    splits: Sequence[str],
    context: StepContext,
    schema: Schema | None = None,
) -> Judgement:
    """Evaluate and bless; what it came to. Raises `UnknownSplit` and what the evaluation raises."""
    given = parse_eval_config(eval_config)
    config = complete_eval_config(given, has_baseline=candidates.baseline is not None)
    plan = plan_evaluation(config, _label_ranges(schema))
    columns = {split: split_columns(examples, split).names for split in splits or DEFAULT_SPLITS}
    if not candidate_spec(config).preprocessing_function_names:
        _check_columns(config, columns)
    passes = Passes(config, candidates)
    _check_columns(config, columns, passes.preprocessing.made)
    dropped = count_change_thresholds(given) if candidates.baseline is None else 0
    result = evaluate(
        config,
        plan,
        lambda: passes.read(examples, columns, whole=bool(plan.foreign)),
        passes.predictors,
        enrich=passes.enrich,
        splits=columns,
        rubber_stamp=dropped > 0,
        progress=context.progress,
    )
    reasons = [] if result.validation.validation_ok else reasons_of(result.validation, result.suppressed)
    judgement = Judgement(result, _summary(result), reasons, _note(dropped, has_thresholds(config)))
    _write_evaluation(evaluation, judgement, examples, candidates)
    _bless(blessing, candidates, judgement)
    return judgement


def _check_columns(config: Any, columns: Mapping[str, list[str]], made: Sequence[str] = ()) -> None:
    for names in columns.values():
        check_columns(config, [*names, *made])


def _label_ranges(schema: Schema | None) -> LabelRanges:
    """The range that a schema gives each feature."""
    if schema is None:
        return {}
    from shipway.data.schema import read_schema

    result = {}
    for feature in read_schema(schema.schema_file).feature:
        kind = feature.WhichOneof("domain_info")
        if kind in ("int_domain", "float_domain"):
            domain = getattr(feature, kind)
            bounds = [float(getattr(domain, name)) if domain.HasField(name) else None for name in ("min", "max")]
            result[feature.name] = (bounds[0], bounds[1])
    return result


def _summary(result: Evaluation) -> dict[str, Any]:
    return {**summarise(result), "label": candidate_spec(result.config).label_key}


def _write_evaluation(
    evaluation: ModelEvaluation, judgement: Judgement, examples: Examples, candidates: Candidates
) -> None:
    result, summary = judgement.evaluation, judgement.summary
    locations = {spec.name: candidates.of(spec).uri for spec in result.config.model_specs}
    run = EvalRun(result.config, examples.uri, examples.payload_format, locations, result.suppressed)
    write_eval_result(evaluation.path, run, result.metrics, result.validation, result.attributions)
    evaluation.metadata["rows"] = result.rows
    evaluation.metadata["summary"] = json.dumps(summary)
    report = {"blessed": not judgement.reasons, "reasons": judgement.reasons, **summary}
    write_text(evaluation.path / "summary.json", json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def _bless(blessing: ModelBlessing, candidates: Candidates, judgement: Judgement) -> None:
    write_text(blessing.path / (NOT_BLESSED if judgement.reasons else BLESSED), "")
    blessing.blessed = int(not judgement.reasons)
    blessing.current_model = candidates.model.uri
    if candidates.baseline is not None:
        blessing.baseline_model = candidates.baseline.uri
    blessing.metadata["reasons"] = json.dumps(judgement.reasons)
    if judgement.note:
        blessing.metadata["note"] = judgement.note


def _note(dropped: int, bounded: bool) -> str:
    if not dropped:
        return ""
    only = "" if bounded else ", and it is blessed as the first"
    left_out = "one change threshold was" if dropped == 1 else f"{dropped} change thresholds were"
    return f"there is no model to compare with yet: {left_out} left out{only}"
