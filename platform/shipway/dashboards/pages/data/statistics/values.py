"""The numbers behind a feature's chart, and the statistics that somebody added to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.pages.data.charts.histogram import buckets_of
from shipway.dashboards.pages.data.numbers import NONE, number, share
from shipway.dashboards.pages.data.statistics.asked import LENGTHS, QUANTILES, Asked
from shipway.dashboards.pages.data.statistics.features import NUMERIC, QUANTILES_TYPE, STANDARD_TYPE, Feature
from shipway.dashboards.pages.data.statistics.pairs import Pair

VALUES_LISTED = 20
CUSTOM_LISTED = 30


@dataclass(frozen=True)
class ValueLine:
    """A value or a range of values: how many there are here and in the other data set, None where that has none."""

    value: str
    here: str
    there: str | None


@dataclass(frozen=True)
class ValueTable:
    """The numbers of a chart. `left_out` values are not in it."""

    heading: str
    lines: Sequence[ValueLine]
    left_out: int = 0


def value_tables(pair: Pair, asked: Asked) -> list[ValueTable]:
    """The numbers behind the chart: buckets of each data set, or the most frequent values of both."""
    if asked.chart == LENGTHS:
        return _bucket_tables(*pair.lengths, "Values a row")
    if pair.shown.kind == NUMERIC:
        kind = QUANTILES_TYPE if asked.chart == QUANTILES else STANDARD_TYPE
        return _bucket_tables(*pair.histograms(kind), "Range")
    return _top_values(*pair.alike)


def _bucket_tables(here: Any | None, there: Any | None, heading: str) -> list[ValueTable]:
    """Each data set has buckets of its own, and so a table of its own."""
    tables = []
    for histogram, whose in ((here, ""), (there, " in the other")):
        buckets = buckets_of(histogram) if histogram is not None else []
        total = sum(one.count for one in buckets)
        lines = [ValueLine(one.range, f"{number(one.count)} ({share(one.count, total)})", None) for one in buckets]
        if lines:
            tables.append(ValueTable(heading + whose, lines))
    return tables


def _top_values(here: Feature | None, there: Feature | None) -> list[ValueTable]:
    mine, theirs = (dict(one.top_values) if one else {} for one in (here, there))
    values = list(dict.fromkeys([*mine, *theirs]))
    if not values:
        return []
    lines = [
        ValueLine(value, _count(mine, here, value), _count(theirs, there, value) if there else None)
        for value in values[:VALUES_LISTED]
    ]
    return [ValueTable("Value", lines, len(values) - len(lines))]


def _count(counts: dict[str, float], feature: Feature | None, value: str) -> str:
    if feature is None or value not in counts:
        return NONE
    return f"{number(counts[value])} ({share(counts[value], feature.presence.values)})"


def custom_values(feature: Feature) -> list[tuple[str, str]]:
    """Statistics that somebody added, histograms as a list of their buckets."""
    return [(one.name, _custom_value(one)) for one in feature.proto.custom_stats[:CUSTOM_LISTED]]


def _custom_value(statistic: Any) -> str:
    field = statistic.WhichOneof("val")
    if field == "num":
        return number(statistic.num)
    if field == "histogram":
        return "; ".join(f"{one.range}: {number(one.count)}" for one in buckets_of(statistic.histogram)[:50])
    if field == "rank_histogram":
        buckets = statistic.rank_histogram.buckets[:50]
        return "; ".join(f"{one.label[:100]}: {number(one.sample_count)}" for one in buckets)
    return str(statistic.str)
