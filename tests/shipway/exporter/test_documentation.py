"""docs/monitoring.md lists the metrics as they are."""

import re
from pathlib import Path

from shipway.exporter.catalogue import METRICS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "monitoring.md"
ROW = re.compile(r"^\| `(shipway_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)


def test_every_metric_with_its_kind_and_labels():
    listed = [
        (name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in ROW.findall(PAGE.read_text())
    ]
    assert [row for row in listed if row[0] in {one.name for one in METRICS}] == [one[:3] for one in METRICS]
