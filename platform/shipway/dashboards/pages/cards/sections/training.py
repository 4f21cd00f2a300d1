"""The data that a model learned from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from shipway.dashboards.pages.cards.content import Block, Facts, Paragraph, Section, Table, Text, artifact_text
from shipway.dashboards.pages.cards.evidence import Evidence, newest_first
from shipway.dashboards.pages.cards.training_data import DataFound
from shipway.data.recorded_rows import SPLIT_ROWS, recorded_rows
from shipway.lineage import RecordedArtifact

SPANS_SHOWN, FEATURES_SHOWN = 20, 5


def training(evidence: Evidence) -> Section:
    blocks = [*_spans(evidence), *_schema(evidence), *_statistics(evidence.data), *_anomalies(evidence.data)]
    return Section("training-data", "Training data", blocks)


def _spans(evidence: Evidence) -> Iterator[Block]:
    spans = newest_first(evidence.story.spans)
    if not spans:
        yield Paragraph("No data is recorded that this model learned from.")
        return
    rows = [_span(one) for one in spans[:SPANS_SHOWN]]
    yield Table("Data that came in from outside", ["Examples", "Span", "#Rows", "Splits", "Digest"], rows)
    if len(spans) > SPANS_SHOWN:
        yield Paragraph(f"The newest {SPANS_SHOWN} of {len(spans):,}.", remark=True)
    if not evidence.story.is_whole:
        yield Paragraph("There is more behind this model than a card follows: there may be more data.", remark=True)


def _span(examples: RecordedArtifact) -> list[Text]:
    said = examples.metadata
    return [
        artifact_text(examples),
        Text(_in_words(said.get("spans")) or str(said.get("span", ""))),
        Text(_thousands(said.get("rows", ""))),
        Text(_splits(said.get(SPLIT_ROWS))),
        Text(examples.digest[:12]),
    ]


def _in_words(spans: object) -> str:
    """The spans of examples that have several, such as 1-9."""
    listed = _json(spans)
    if not isinstance(listed, list) or not listed:
        return ""
    if all(isinstance(one, int) for one in listed) and listed == list(range(listed[0], listed[0] + len(listed))):
        return str(listed[0]) if len(listed) == 1 else f"{listed[0]}-{listed[-1]}"
    return ", ".join(map(str, listed))


def _splits(split_rows: object) -> str:
    return ", ".join(f"{name} {rows:,}" for name, rows in recorded_rows(split_rows).items())


def _thousands(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _schema(evidence: Evidence) -> Iterator[Block]:
    if not evidence.story.schemas:
        yield Paragraph("No schema is recorded that it was trained with.")
        return
    pairs = []
    for one in evidence.story.schemas:
        features = one.metadata.get("features")
        told = artifact_text(one)
        pairs.append(("Schema", Text(f"{told.text}, {features} features" if features else told.text, told.href)))
    yield Facts(pairs)


def _statistics(data: Sequence[DataFound]) -> Iterator[Block]:
    counted = [(found, split, one) for found in data for split, one in found.statistics]
    if not counted:
        yield Paragraph("There are no statistics of this data that can be read.")
        return
    rows = [
        [
            artifact_text(found.examples),
            Text(split),
            *_numbers(one.rows, one.features, len(one.missing)),
        ]
        for found, split, one in counted
    ]
    yield Table("Statistics, by split", ["Examples", "Split", "#Rows", "#Features", "#With missing values"], rows)
    found, split, largest = max(counted, key=lambda one: one[2].rows)
    if largest.missing:
        gaps = [[Text(name), Text(f"{share:.1%}")] for name, share in largest.missing[:FEATURES_SHOWN]]
        where = f"split {split} of Examples {found.examples.id}"
        yield Table(f"Most missing values in the {where}", ["Feature", "#Rows without it"], gaps)


def _numbers(*counts: int) -> list[Text]:
    return [Text(f"{count:,}") for count in counts]


def _anomalies(data: Sequence[DataFound]) -> Iterator[Block]:
    """Data that has some is among the known limits."""
    if clean := [f"Examples {one.examples.id}" for one in data if one.anomalies is not None and not one.anomalies]:
        yield Paragraph(f"No anomalies were found in {', '.join(clean)}.")


def _json(value: object) -> object:
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError):
        return None
