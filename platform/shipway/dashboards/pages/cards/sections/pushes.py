"""Where the model went."""

from __future__ import annotations

from shipway.dashboards.evaluations.standing import is_pushed
from shipway.dashboards.pages.cards.content import Block, Paragraph, Section, Table, Text, artifact_text
from shipway.dashboards.pages.cards.evidence import Evidence
from shipway.dashboards.rendering import utc

SHOWN = 20


def pushes(evidence: Evidence) -> Section:
    pushed = [one.artifact for one in reversed(evidence.story.pushed)]
    if not pushed:
        return Section("pushed", "Where it was pushed", [Paragraph("It was not pushed anywhere.")])
    rows = []
    for one in pushed[:SHOWN]:
        said = one.metadata
        went = is_pushed(one)
        where = (
            said.get("pushed_destination") if went else f"not pushed: {said.get('reason') or 'no reason is recorded'}"
        )
        version = str(said.get("pushed_version") or "") if went else ""
        rows.append([artifact_text(one), Text(version), Text(str(where or "")), Text(utc(one.created_ms))])
    blocks: list[Block] = [Table("Pushes, the newest first", ["Record", "Version", "Where", "When"], rows)]
    if len(pushed) > SHOWN:
        blocks.append(Paragraph(f"The newest {SHOWN} of {len(pushed):,}.", remark=True))
    return Section("pushed", "Where it was pushed", blocks)
