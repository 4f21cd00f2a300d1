"""The statistics as one page: small, and asking for nothing from elsewhere, so that Kubeflow's pages can frame it."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

FEATURES_AT_MOST = 200
LONGEST_TEXT = 60
BARS_AT_MOST = 10
BAR_WIDTH, BAR_HEIGHT = 8, 24
HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Statistics</title><style>"
    "body{font:14px sans-serif;margin:1em}table{border-collapse:collapse;margin-bottom:2em}"
    "th,td{padding:.2em .6em;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left}rect{fill:#4a7ebb}</style></head><body>"
)
COLUMNS = ("feature", "type", "missing", "distinct", "least", "mean", "median", "greatest", "most frequent", "")


def report(splits: Mapping[str, statistics_pb2.DatasetFeatureStatistics]) -> str:
    """One table for each split, a row for each feature; of more than 200 features the first are shown."""
    return HEAD + "".join(_split(name, dataset) for name, dataset in splits.items()) + "</body></html>\n"


def _split(name: str, dataset: Any) -> str:
    rows = "".join(_row(feature, dataset.num_examples) for feature in dataset.features[:FEATURES_AT_MOST])
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    left_out = len(dataset.features) - FEATURES_AT_MOST
    more = f"<p>{left_out:,} more features are not shown.</p>" if left_out > 0 else ""
    title = f"<h2>{_text(name)}</h2><p>{dataset.num_examples:,} rows, {len(dataset.features):,} features</p>"
    return f"{title}<table><tr>{head}</tr>{rows}</table>{more}"


def _row(feature: Any, rows: int) -> str:
    kind = statistics_pb2.FeatureNameStatistics.Type.Name(feature.type).lower()
    common = _common(feature)
    missing = f"{common.num_missing / rows:.1%}" if rows else ""
    cells = [_text(feature.name or ".".join(feature.path.step)), kind, missing, *_values(feature)]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _common(feature: Any) -> Any:
    stats = getattr(feature, feature.WhichOneof("stats") or "num_stats")
    return stats.common_stats


def _values(feature: Any) -> list[str]:
    """The cells after `missing`."""
    if feature.HasField("num_stats"):
        one = feature.num_stats
        numbers = [_number(value) for value in (one.min, one.mean, one.median, one.max)]
        return ["", *numbers, "", _bars(_heights(one.histograms))]
    if feature.HasField("string_stats"):
        strings = feature.string_stats
        top = strings.top_values[0].value if strings.top_values else ""
        ranks = _bars(bucket.sample_count for bucket in strings.rank_histogram.buckets[:BARS_AT_MOST])
        return [f"{strings.unique:,}", "", "", "", "", _text(top), ranks]
    return ["", "", "", "", "", "", ""]


def _heights(histograms: Any) -> Iterable[float]:
    standard = [one for one in histograms if one.type == statistics_pb2.Histogram.STANDARD]
    return [bucket.sample_count for bucket in standard[0].buckets[:BARS_AT_MOST]] if standard else []


def _bars(heights: Iterable[float]) -> str:
    """Bars as high as their counts, without words: the numbers stand beside them."""
    counts = [height if math.isfinite(height) else 0.0 for height in heights]
    if len(counts) < 2 or max(counts) <= 0:
        return ""
    bars = "".join(
        f'<rect x="{place * BAR_WIDTH}" y="{BAR_HEIGHT - tall:.1f}" width="{BAR_WIDTH - 1}" height="{tall:.1f}"/>'
        for place, tall in enumerate(count / max(counts) * BAR_HEIGHT for count in counts)
    )
    return f'<svg width="{len(counts) * BAR_WIDTH}" height="{BAR_HEIGHT}" aria-hidden="true">{bars}</svg>'


def _number(value: float) -> str:
    return f"{value:,.6g}" if math.isfinite(value) else ""


def _text(text: str | bytes) -> str:
    """Names and values of others, cut and without meaning in HTML."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    cut = plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"
    return html.escape("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in cut))
