"""The sections of a card, in its order; each is made from all that is known of the model."""

from __future__ import annotations

from collections.abc import Callable

from shipway.dashboards.pages.cards.content import Section
from shipway.dashboards.pages.cards.evidence import Evidence
from shipway.dashboards.pages.cards.sections.code import code
from shipway.dashboards.pages.cards.sections.decisions import decisions
from shipway.dashboards.pages.cards.sections.details import details
from shipway.dashboards.pages.cards.sections.evaluation import evaluation
from shipway.dashboards.pages.cards.sections.human import ethics, out_of_scope, use
from shipway.dashboards.pages.cards.sections.limits import limits
from shipway.dashboards.pages.cards.sections.pushes import pushes
from shipway.dashboards.pages.cards.sections.slices import slices
from shipway.dashboards.pages.cards.sections.training import training

SECTIONS: tuple[Callable[[Evidence], Section], ...] = (
    details,
    use,
    out_of_scope,
    training,
    code,
    evaluation,
    slices,
    limits,
    ethics,
    decisions,
    pushes,
)
