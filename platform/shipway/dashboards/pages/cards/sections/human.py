"""What only people know of a model: what it is for, what it is not for, and what to weigh before it is used."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.dashboards.pages.cards.content import Block, Paragraph, Prose, Section
from shipway.dashboards.pages.cards.evidence import Evidence
from shipway.dashboards.pages.cards.written import ETHICS, INTENDED, OUT_OF_SCOPE


def use(evidence: Evidence) -> Section:
    return Section("intended-use", "Intended use", prose(evidence, INTENDED, "what this model is for"))


def out_of_scope(evidence: Evidence) -> Section:
    return Section("out-of-scope", "Out-of-scope use", prose(evidence, OUT_OF_SCOPE, "what this model is not for"))


def ethics(evidence: Evidence) -> Section:
    blocks = prose(evidence, ETHICS, "the ethical considerations of this model")
    return Section("ethics", "Ethical considerations", blocks)


def prose(evidence: Evidence, name: str, subject: str) -> Sequence[Block]:
    """What was written under a name and where it stands, or that nobody wrote of the subject."""
    texts = evidence.written.texts.get(name, ())
    if not texts:
        return [Paragraph(f"Nobody wrote down {subject}.", remark=True)]
    return [*(Prose(text) for text in texts), Paragraph(f"From {evidence.written.source}.", remark=True)]
