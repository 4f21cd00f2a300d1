"""How good a model is for whom: its worst and its largest slices, and the gaps between slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shipway.dashboards.evaluations import EvaluationFound, SliceMetrics
from shipway.dashboards.pages.cards.content import Block, Paragraph, Section, Table, Text, number
from shipway.dashboards.pages.cards.evidence import Evidence
from shipway.dashboards.pages.cards.telling import main_metrics, widest_gaps, worst_first

WORST_SHOWN, LARGEST_SHOWN, GAPS_SHOWN = 6, 8, 12


def slices(evidence: Evidence) -> Section:
    found = evidence.found
    if found is None or not found.slices:
        blocks: Sequence[Block] = [Paragraph("No slices of the rows were evaluated, as far as can be read.")]
        return Section("slices", "Metrics by slice", blocks)
    return Section("slices", "Metrics by slice", [*_tables(found), *_gaps(found)])


def _tables(found: EvaluationFound) -> Iterator[Block]:
    metrics = main_metrics(found)
    shown: set[str] = set()
    for metric in metrics:
        worst = worst_first(found, metric, found.slices)[:WORST_SHOWN]
        shown |= {one.name for one in worst}
        if worst:
            yield _table(f"Where {metric} is worst", [metric], worst, found)
    largest = sorted((one for one in found.slices if one.examples), key=lambda one: -(one.examples or 0))
    if largest:
        shown |= {one.name for one in largest[:LARGEST_SHOWN]}
        yield _table("The largest slices", metrics, largest[:LARGEST_SHOWN], found)
    left_out = max(found.slice_count, len(found.slices)) - len(shown)
    if left_out > 0:
        yield Paragraph(f"{left_out:,} slices are left out; the evaluation has them.", remark=True)


def _table(caption: str, metrics: Sequence[str], chosen: Sequence[SliceMetrics], found: EvaluationFound) -> Table:
    rows = [[Text("all rows"), Text(_count(found.rows)), *(Text(number(found.metrics.get(name))) for name in metrics)]]
    rows += [
        [Text(one.name), Text(_count(one.examples)), *(Text(number(one.values.get(name))) for name in metrics)]
        for one in chosen
    ]
    return Table(caption, ["Slice", "#Rows", *(f"#{name}" for name in metrics)], rows)


def _gaps(found: EvaluationFound) -> Iterator[Block]:
    gaps = widest_gaps(found)
    if not gaps:
        yield Paragraph("No gap between slices can be told: that takes two slices by one feature, with rows enough.")
        return
    rows = [
        [Text(one.feature), Text(one.metric), *_slice(one.best, one.metric), *_slice(one.worst, one.metric),
         Text(number(one.width))]
        for one in gaps[:GAPS_SHOWN]
    ]  # fmt: skip
    headings = ["Slices by", "Metric", "Best for", "#Value", "Worst for", "#Value", "#Gap"]
    yield Table("Fairness gaps: how far apart the best and the worst slice are", headings, rows)
    if len(gaps) > GAPS_SHOWN:
        yield Paragraph(f"The first {GAPS_SHOWN} of {len(gaps):,} gaps.", remark=True)


def _slice(one: SliceMetrics, metric: str) -> tuple[Text, Text]:
    return Text(one.name), Text(number(one.values[metric]))


def _count(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"
