"""A model's card, made from what is known of it now."""

from __future__ import annotations

import time

from shipway.dashboards.pages.cards.content import Card
from shipway.dashboards.pages.cards.evidence import evidence_of
from shipway.dashboards.pages.cards.sections import SECTIONS
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.runner.home import Home


def card_of(home: Home, queries: LineageQueries, model: RecordedArtifact) -> Card:
    """The card of a model. Raises `NoCard` for another artifact; files that cannot be read are the card's problems."""
    evidence = evidence_of(home, queries, model)
    pipeline = evidence.training.pipeline if evidence.training else ""
    return Card(
        model=model,
        title=f"{pipeline}, Model {model.id}" if pipeline else f"Model {model.id}",
        sections=[section(evidence) for section in SECTIONS],
        problems=list(dict.fromkeys(evidence.problems)),
        made_ms=time.time_ns() // 1_000_000,
    )
