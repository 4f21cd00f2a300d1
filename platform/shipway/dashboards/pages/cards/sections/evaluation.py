"""How good a model is over all rows: on which data, against which baseline, held to which thresholds."""

from __future__ import annotations

from collections.abc import Iterator

from shipway.dashboards.evaluations import EvaluationFound
from shipway.dashboards.pages.cards.content import Block, Facts, Paragraph, Section, Table, Text, artifact_text, number
from shipway.dashboards.pages.cards.evidence import Evidence

METRICS_SHOWN, THRESHOLDS_SHOWN = 24, 20


def evaluation(evidence: Evidence) -> Section:
    found = evidence.found
    if found is None:
        return Section("evaluation", "Evaluation", [Paragraph("No evaluation of this model is recorded.")])
    blocks = [Facts(list(_facts(evidence, found))), *_metrics(found), *_thresholds(found)]
    return Section("evaluation", "Evaluation", blocks)


def _facts(evidence: Evidence, found: EvaluationFound) -> Iterator[tuple[str, Text]]:
    if evidence.evaluation:
        yield "Evaluation", artifact_text(evidence.evaluation)
    for one in evidence.judged.examples if evidence.judged else ():
        yield "Evaluated on", artifact_text(one)
    if found.rows is not None:
        yield "Rows", Text(f"{found.rows:,}")
    if found.unlabelled:
        yield "Rows without a label, left out", Text(f"{found.unlabelled:,}")
    if found.label:
        yield "Label", Text(found.label)
    baseline = evidence.judged.baseline if evidence.judged else None
    yield "Compared with", artifact_text(baseline) if baseline else Text("no other model that is recorded")


def _metrics(found: EvaluationFound) -> Iterator[Block]:
    if not found.metrics:
        yield Paragraph("No metrics of all rows can be read.")
        return
    has_baseline, has_confidence = bool(found.baseline), bool(found.confidence)
    rows = []
    for name, value in list(found.metrics.items())[:METRICS_SHOWN]:
        row = [Text(name), Text(number(value))]
        if has_confidence:
            row.append(Text(" to ".join(map(number, found.confidence.get(name, ())))))
        if has_baseline:
            row.append(Text(number(found.baseline.get(name))))
        rows.append(row)
    optional = [name for name, shown in (("#95 % interval", has_confidence), ("#Baseline", has_baseline)) if shown]
    yield Table("Metrics of all rows", ["Metric", "#Value", *optional], rows)
    if len(found.metrics) > METRICS_SHOWN:
        yield Paragraph(f"The first {METRICS_SHOWN} of {len(found.metrics):,} metrics.", remark=True)


def _thresholds(found: EvaluationFound) -> Iterator[Block]:
    """Those that do not hold come first."""
    ordered = sorted(found.thresholds, key=lambda one: one.passed)
    if not ordered:
        known = "No threshold was set." if found.from_files else "Which thresholds were set cannot be read."
        yield Paragraph(known)
        return
    rows = [
        [Text(one.metric), Text(one.slice), Text(one.bound), Text(number(one.value)),
         Text("holds" if one.passed else "does not hold")]
        for one in ordered[:THRESHOLDS_SHOWN]
    ]  # fmt: skip
    yield Table("Thresholds", ["Metric", "Slice", "Bound", "#Value", "It"], rows)
    rest = ordered[THRESHOLDS_SHOWN:]
    if rest:
        failed = sum(not one.passed for one in rest)
        yield Paragraph(f"{len(rest):,} more are left out, of which {failed:,} do not hold.", remark=True)
