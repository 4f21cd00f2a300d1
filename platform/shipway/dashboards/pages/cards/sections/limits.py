"""Where a model fails or may fail: what was written of it, and what its records tell by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from shipway.dashboards.evaluations import EvaluationFound
from shipway.dashboards.pages.cards.content import Paragraph, Points, Section, number
from shipway.dashboards.pages.cards.evidence import SPANS_READ, Evidence
from shipway.dashboards.pages.cards.sections.human import prose
from shipway.dashboards.pages.cards.telling import widest_gaps
from shipway.dashboards.pages.cards.training_data import DataFound
from shipway.dashboards.pages.cards.written import LIMITATIONS
from shipway.data.evaluation.directions import ROWS_TO_JUDGE

NAMED_AT_MOST = 8
"""Of a kind of limits."""


def limits(evidence: Evidence) -> Section:
    told = [*_of_evaluation(evidence), *_of_data(evidence), *_of_verdicts(evidence)]
    generated = Points(told) if told else Paragraph("The records tell of no other limits.")
    return Section("limits", "Known limits", [*prose(evidence, LIMITATIONS, "limits of this model"), generated])


def _of_evaluation(evidence: Evidence) -> Iterator[str]:
    found = evidence.found
    if found is None:
        yield "It was not evaluated: how good it is, is not known."
        return
    failed = [
        f"{one.metric} on {one.slice} is {number(one.value)}, and should be {one.bound}"
        for one in found.thresholds
        if not one.passed
    ]
    if failed:
        yield f"Thresholds do not hold: {_listed(failed)}."
    small = [f"{one.name} ({one.examples:,})" for one in found.slices if one.is_small]
    if small:
        yield f"Slices have fewer than {ROWS_TO_JUDGE} rows, and their metrics say little: {_listed(small, ', ')}."
    if found.unlabelled:
        yield f"{found.unlabelled:,} rows had no label and were not evaluated."
    yield from _not_evaluated(evidence, found)


def _not_evaluated(evidence: Evidence, found: EvaluationFound) -> Iterator[str]:
    if not found.from_files:
        yield "The evaluation's files cannot be read: slices and thresholds are those that its metadata names."
    elif not found.thresholds:
        yield "No threshold was set that it has to reach."
    if not found.slices:
        yield "Its metrics were not evaluated by slice: for whom it is worse is not known."
    elif found.from_files and not widest_gaps(found):
        yield "Gaps between groups were not evaluated."
    if evidence.judged is None or evidence.judged.baseline is None:
        yield "It was not compared with another model."


def _of_data(evidence: Evidence) -> Iterator[str]:
    spans = len(evidence.story.spans)
    if not spans:
        yield "Which data it learned from is not recorded."
    for one in evidence.data:
        yield from _of_rows(one)
    if spans > SPANS_READ:
        yield f"Statistics and anomalies of the newest {SPANS_READ} of {spans:,} Examples were looked at, no others."


def _of_rows(data: DataFound) -> Iterator[str]:
    name = f"Examples {data.examples.id}"
    if data.about.failure:
        yield f"The newest validation of {name}, which it learned from, failed: {data.about.failure.error[:500]}"
    if data.anomalies:
        wrong = [f"{one.feature or 'the data as a whole'}: {one.description}" for one in data.anomalies]
        yield f"{name}, which it learned from, have anomalies: {_listed(wrong)}."
    elif data.about.statistics is None:
        yield f"No statistics were made of {name}, which it learned from."
    elif data.about.anomalies is None and data.about.failure is None:
        yield f"{name}, which it learned from, were not looked through for anomalies or drift."


def _of_verdicts(evidence: Evidence) -> Iterator[str]:
    verdicts, reviews = evidence.story.verdicts, evidence.story.reviews
    for one in verdicts:
        if one.blessed is False:
            yield f"{one.blessing.type_name} {one.blessing.id} says no to it."
    if reviews and not reviews[0].approved:
        yield f"It was rejected by {reviews[0].by}."
    if not any(one.is_of_infra for one in verdicts):
        yield "Whether it can be served was not tried."


def _listed(parts: list[str], between: str = "; ") -> str:
    more = len(parts) - NAMED_AT_MOST
    return between.join(parts[:NAMED_AT_MOST]) + (f"; and {more:,} more" if more > 0 else "")
