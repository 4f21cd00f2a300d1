"""Which model this is, and who answers for it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from shipway.dashboards.evaluations.standing import is_pushed
from shipway.dashboards.pages.cards.content import Block, Facts, Section, Text, artifact_text
from shipway.dashboards.pages.cards.evidence import Evidence
from shipway.dashboards.pages.cards.sections.human import prose
from shipway.dashboards.pages.cards.written import DESCRIPTION, OWNERS
from shipway.dashboards.rendering import utc


def details(evidence: Evidence) -> Section:
    written = evidence.written.texts
    blocks: list[Block] = [*prose(evidence, DESCRIPTION, "a description of this model")]
    blocks.append(Facts([*_facts(evidence), ("Owners", Text(", ".join(written.get(OWNERS, ())) or "nobody is named"))]))
    return Section("details", "Model details", blocks)


def _facts(evidence: Evidence) -> Iterator[tuple[str, Text]]:
    model, training = evidence.model, evidence.training
    yield "Model", artifact_text(model)
    if versions := pushed_versions(evidence):
        yield "Version", Text(", ".join(versions))
    yield "Made", Text(utc(model.created_ms))
    yield "Digest", Text(model.digest or "none is recorded")
    if training is None:
        yield "Made by", Text("nothing that is recorded: it came from outside")
        return
    if training.pipeline:
        yield "Pipeline", Text(training.pipeline, f"/pipelines/{quote(training.pipeline, safe='')}")
    if training.run_id:
        run = f"/runs/{quote(training.run_id, safe='')}"
        yield "Run", Text(training.run_id, run)
        yield "Made by", Text(training.task, f"{run}/tasks/{quote(training.task, safe='')}")
    for base in evidence.story.base_models:
        yield "Began from", artifact_text(base)


def pushed_versions(evidence: Evidence) -> list[str]:
    """The versions under which the model was pushed, the newest first."""
    pushed = (one.artifact for one in reversed(evidence.story.pushed) if is_pushed(one.artifact))
    versions = (str(one.metadata.get("pushed_version") or "") for one in pushed)
    return [version for version in dict.fromkeys(versions) if version]
