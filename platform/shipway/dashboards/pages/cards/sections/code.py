"""The code that a model was made with."""

from __future__ import annotations

from shipway.dashboards.pages.cards.content import Paragraph, Section, Table, Text
from shipway.dashboards.pages.cards.evidence import Evidence

STEPS_SHOWN = 30


def code(evidence: Evidence) -> Section:
    steps = evidence.story.code
    if not steps:
        return Section("code", "Code", [Paragraph("No step is recorded that made this model.")])
    rows = [
        [Text(one.execution.task or one.execution.step), Text(one.execution.step), Text(name), Text(digest)]
        for one in steps[:STEPS_SHOWN]
        for name, digest in [(value, digest or "none recorded") for _, value, digest in one.files] or [("", "")]
    ]
    caption = "Steps from the data to the model, the last first"
    blocks = [Table(caption, ["Step", "Reference", "Module file", "Digest of it and all it imports"], rows)]
    if len(steps) > STEPS_SHOWN:
        return Section("code", "Code", [*blocks, Paragraph(f"The last {STEPS_SHOWN} of {len(steps):,}.", remark=True)])
    return Section("code", "Code", blocks)
