"""What Kubeflow's own pages show of an evaluation: a table of numbers, a ROC curve, a confusion matrix, and the
model's card.

They read the first three from the metadata of the artifacts `system.Metrics` and `system.ClassificationMetrics`, and
the card, in Markdown, by its URI.
"""

from __future__ import annotations

import html
import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from shipway.artifacts import ClassificationMetrics, Markdown, Metrics, Model, write_text
from shipway.data.evaluation.eval_config import baseline_name
from shipway.data.evaluation.evaluate import Evaluation
from shipway.data.evaluation.metric_keys import OVERALL
from shipway.step import StepContext
from shipway_components.evaluator.author_texts import author_texts
from shipway_components.evaluator.judgement import Judgement

ROC_POINTS = 50
MOST_CLASSES = 20
BINARY_THRESHOLD = 0.5
DASHBOARDS_VARIABLE = "SHIPWAY_DASHBOARDS"
MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~-])")


def show(
    model: Model,
    judgement: Judgement,
    metrics: Metrics,
    classification: ClassificationMetrics,
    report: Markdown,
    context: StepContext,
) -> None:
    """Fill the three artifacts. Numbers that are not finite are left out: the pages know none."""
    metrics.metadata.update(_numbers(judgement))
    classification.metadata.update({name: json.dumps(found) for name, found in _plots(judgement.evaluation).items()})
    write_text(report.path, _text(model, judgement, context))


def _numbers(judgement: Judgement) -> dict[str, float | int]:
    named = {
        **judgement.summary["metrics"],
        **{f"baseline {name}": value for name, value in judgement.summary.get("baseline_metrics", {}).items()},
    }
    finite = {name: value for name, value in named.items() if value is not None and math.isfinite(value)}
    return {"blessed": int(not judgement.reasons), "rows": judgement.evaluation.rows, **finite}


def _plots(evaluation: Evaluation) -> dict[str, Any]:
    baseline = baseline_name(evaluation.config)
    found: dict[str, Any] = {}
    for key, plot in evaluation.metrics.get(OVERALL, {}).items():
        if key.is_plot and key.model_name != baseline:
            kind = plot.DESCRIPTOR.name
            if kind == "ConfusionMatrixAtThresholds":
                found.setdefault("confidenceMetrics", _curve(plot.matrices))
                found.setdefault("confusionMatrix", _binary_matrix(plot.matrices))
            elif kind == "MultiClassConfusionMatrixAtThresholds" and plot.matrices:
                found.setdefault("confusionMatrix", _class_matrix(plot.matrices[0].entries))
    return {name: value for name, value in found.items() if value}


def _curve(matrices: Sequence[Any]) -> list[dict[str, float]]:
    """Points of the curve by falling threshold, as far apart as leaves about `ROC_POINTS`."""
    usable = [
        one
        for one in sorted(matrices, key=lambda one: -one.threshold)
        if math.isfinite(one.false_positive_rate) and math.isfinite(one.recall)
    ]
    chosen = usable[:1]
    for one in usable[1:]:
        last = chosen[-1]
        far = abs(one.false_positive_rate - last.false_positive_rate) + abs(one.recall - last.recall)
        if far >= 2 / ROC_POINTS or one is usable[-1]:
            chosen.append(one)
    return [
        {
            "confidenceThreshold": round(one.threshold, 6),
            "falsePositiveRate": round(one.false_positive_rate, 6),
            "recall": round(one.recall, 6),
        }
        for one in chosen
    ]


def _binary_matrix(matrices: Sequence[Any]) -> dict[str, Any] | None:
    """The matrix at the threshold nearest to one half; none where that is not near."""
    nearest = min(matrices, key=lambda one: abs(one.threshold - BINARY_THRESHOLD), default=None)
    if nearest is None:
        return None
    rows = [
        [nearest.true_negatives, nearest.false_positives],
        [nearest.false_negatives, nearest.true_positives],
    ]
    return _matrix(["0", "1"], rows)


def _class_matrix(entries: Sequence[Any]) -> dict[str, Any] | None:
    classes = sorted({number for one in entries for number in (one.actual_class_id, one.predicted_class_id)})
    if not 0 < len(classes) <= MOST_CLASSES:
        return None
    place = {number: index for index, number in enumerate(classes)}
    rows = [[0.0] * len(classes) for _ in classes]
    for one in entries:
        rows[place[one.actual_class_id]][place[one.predicted_class_id]] += one.num_weighted_examples
    return _matrix([str(number) for number in classes], rows)


def _matrix(names: Sequence[str], rows: Sequence[Sequence[float]]) -> dict[str, Any]:
    return {
        "annotationSpecs": [{"displayName": name} for name in names],
        "rows": [{"row": [round(value, 6) for value in row]} for row in rows],
    }


def _text(model: Model, judgement: Judgement, context: StepContext) -> str:
    """A model card: what its author wrote, what it is judged to be, and how it does where it does worst."""
    summary = judgement.summary
    verdict = "The model is **not blessed**." if judgement.reasons else "The model is **blessed**."
    parts = [f"# Model of {_plain(context.pipeline_name)}", verdict]
    parts += ["\n".join(f"- {_plain(reason)}" for reason in judgement.reasons)] if judgement.reasons else []
    parts += [_plain(judgement.note) + "."] if judgement.note else []
    parts += author_texts(model, _plain)
    parts += ["## Evaluation", f"{judgement.evaluation.rows:,} rows in {summary['slices']:,} slices. Over all of them:"]
    parts += [_metrics_table(summary)]
    for metric, slices in summary["worst_slices"].items():
        rows = [(one["slice"], _number(one["value"]), f"{one['rows']:,}") for one in slices]
        parts += [f"## Where {_plain(metric)} is worst", _table(("slice", metric, "rows"), rows)]
    link = _dashboards_link(context)
    return "\n\n".join([*parts, *([link] if link else [])]) + "\n"


def _metrics_table(summary: Mapping[str, Any]) -> str:
    baseline = summary.get("baseline_metrics")
    head = ("metric", "model", "baseline") if baseline is not None else ("metric", "model")
    rows = [
        (name, _number(value), *([_number(baseline.get(name))] if baseline is not None else []))
        for name, value in summary["metrics"].items()
    ]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell if line is lines[1] else _plain(cell) for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _plain(text: str) -> str:
    """Text of others, which may hold Markdown or HTML, as it is."""
    return MARKS.sub(r"\\\1", html.escape(" ".join(str(text).split()), quote=False))


def _dashboards_link(context: StepContext) -> str:
    address = os.environ.get(DASHBOARDS_VARIABLE, "").strip().rstrip("/")
    if not address.startswith(("http://", "https://")):
        return ""
    return f"[This run in Shipway's dashboards]({address}/runs/{quote(context.run_id, safe='')})"
