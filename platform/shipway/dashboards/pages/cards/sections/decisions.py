"""What judges and people said of the model."""

from __future__ import annotations

from collections.abc import Iterator

from shipway.dashboards.evaluations.verdicts import Verdict
from shipway.dashboards.pages.cards.content import Block, Paragraph, Section, Table, Text, artifact_text
from shipway.dashboards.pages.cards.evidence import Evidence
from shipway.dashboards.rendering import utc

REVIEWS_SHOWN, REASONS_SHOWN = 20, 10


def decisions(evidence: Evidence) -> Section:
    return Section("decisions", "Verdicts and reviews", [*_verdicts(evidence), *_reviews(evidence)])


def _verdicts(evidence: Evidence) -> Iterator[Block]:
    rows = [
        [artifact_text(one.blessing), Text(_says(one)), Text(_reasons(one)), Text(utc(one.blessing.created_ms))]
        for one in evidence.story.verdicts
    ]
    if rows:
        yield Table("Verdicts of steps", ["Verdict", "It says", "Because", "When"], rows)
    else:
        yield Paragraph("No step that is recorded judged this model.")


def _says(verdict: Verdict) -> str:
    return {True: "blessed", False: "not blessed", None: "nothing"}[verdict.blessed]


def _reasons(verdict: Verdict) -> str:
    shown = "; ".join(verdict.reasons[:REASONS_SHOWN])
    more = len(verdict.reasons) - REASONS_SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown or verdict.note


def _reviews(evidence: Evidence) -> Iterator[Block]:
    reviews = evidence.story.reviews
    if not reviews:
        yield Paragraph("Nobody has approved or rejected this model.")
        return
    rows = [
        [Text("approved" if one.approved else "rejected"), Text(one.by), Text(utc(one.decided_ms)), Text(one.reason)]
        for one in reviews[:REVIEWS_SHOWN]
    ]
    yield Table("Decisions of people, the newest first; that one counts", ["Decision", "By", "When", "Why"], rows)
    if len(reviews) > REVIEWS_SHOWN:
        yield Paragraph(f"The newest {REVIEWS_SHOWN} of {len(reviews):,}.", remark=True)
