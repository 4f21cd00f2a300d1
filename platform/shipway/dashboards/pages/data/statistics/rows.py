"""The tables of a page of statistics: a table for each kind of feature, with a chart in every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.pages.data.charts.histogram import buckets_of, histogram_chart
from shipway.dashboards.pages.data.charts.quantiles import quantiles_chart
from shipway.dashboards.pages.data.charts.ranks import ranks_chart
from shipway.dashboards.pages.data.charts.shapes import Chart
from shipway.dashboards.pages.data.numbers import NONE, number, share
from shipway.dashboards.pages.data.statistics.asked import LENGTHS, QUANTILES, Asked
from shipway.dashboards.pages.data.statistics.columns import COLUMNS, TITLES, Cell, cells_of
from shipway.dashboards.pages.data.statistics.distances import MEASURES
from shipway.dashboards.pages.data.statistics.features import NUMERIC, QUANTILES_TYPE, STANDARD_TYPE, Feature
from shipway.dashboards.pages.data.statistics.order import Pair

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


@dataclass(frozen=True)
class FeatureRow:
    """A feature: its cells here and in the other data set, None where it is not there (or not of this kind).

    `undrawn` is what there is to say where there is no chart.
    """

    name: str
    type: str
    notes: Sequence[str]
    here: Sequence[Cell] | None
    there: Sequence[Cell] | None
    distance: str
    chart: Chart | None
    undrawn: str
    values: Sequence[ValueTable]
    custom: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class KindTable:
    """All features of one kind that are on the page; `measure` is that of their distances, "" for none."""

    kind: str
    title: str
    measure: str
    headings: Sequence[str]
    rows: Sequence[FeatureRow]


def kind_tables(pairs: Sequence[Pair], asked: Asked) -> list[KindTable]:
    """The tables of the kinds that occur."""
    by_kind: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_kind.setdefault(pair.shown.kind, []).append(pair)
    return [
        KindTable(
            kind=kind,
            title=title,
            measure=MEASURES.get(kind, ""),
            headings=[one.title for one in COLUMNS[kind]],
            rows=[_row(pair, asked) for pair in by_kind[kind]],
        )
        for kind, title in TITLES.items()
        if kind in by_kind
    ]


def _row(pair: Pair, asked: Asked) -> FeatureRow:
    shown = pair.shown
    return FeatureRow(
        name=shown.name,
        type=shown.type,
        notes=_notes(pair, asked.compares),
        here=cells_of(pair.here, shown.kind),
        there=cells_of(pair.there, shown.kind),
        distance="" if pair.distance is None else f"{pair.distance:.4g}",
        chart=_chart(pair, asked),
        undrawn=_undrawn(shown, asked),
        values=_values(pair, asked),
        custom=_custom(shown),
    )


def _notes(pair: Pair, compares: bool) -> list[str]:
    shown = pair.shown
    notes = []
    if shown.is_list:
        least, most = number(shown.common.min_num_values), number(shown.common.max_num_values)
        notes.append(f"{least} to {most} values a row, {number(shown.common.avg_num_values)} on average")
    elif shown.common is not None and shown.common.min_num_values > 1:
        notes.append(f"{number(shown.common.min_num_values)} values in every row")
    if shown.nan:
        notes.append(f"{number(shown.nan)} NaN")
    if compares and pair.there is None:
        notes.append("only here, not in the other")
    elif compares and pair.here is None:
        notes.append("only in the other, not here")
    elif pair.here and pair.there and pair.here.kind != pair.there.kind:
        notes.append(f"{pair.there.kind} in the other")
    return notes


def _chart(pair: Pair, asked: Asked) -> Chart | None:
    """Of numbers too far apart for buckets of one width there are quantiles all the same."""
    here, there = _same_kind(pair)
    if asked.chart == LENGTHS:
        return quantiles_chart(here and here.lengths, there and there.lengths)
    if pair.shown.kind != NUMERIC:
        return ranks_chart(here.counts if here else {}, there.counts if there else {}, asked.log)
    chart = None
    if asked.chart != QUANTILES:
        chart = histogram_chart(*_histograms(here, there, STANDARD_TYPE), asked.log)
    return chart or quantiles_chart(*_histograms(here, there, QUANTILES_TYPE))


def _undrawn(feature: Feature, asked: Asked) -> str:
    if asked.chart == LENGTHS and feature.common is not None and feature.common.num_non_missing:
        return f"{number(feature.common.max_num_values)} in every row"
    return "no histogram" if feature.has_values else "no values"


def _histograms(here: Feature | None, there: Feature | None, kind: int) -> tuple[Any | None, Any | None]:
    return here and here.histogram(kind), there and there.histogram(kind)


def _same_kind(pair: Pair) -> tuple[Feature | None, Feature | None]:
    """The two features, without one that is of another kind than what is shown."""
    kind = pair.shown.kind
    return tuple(one if one and one.kind == kind else None for one in (pair.here, pair.there))  # type: ignore[return-value]


def _values(pair: Pair, asked: Asked) -> list[ValueTable]:
    """The numbers behind the chart: buckets of each data set, or the most frequent values of both."""
    here, there = _same_kind(pair)
    if asked.chart == LENGTHS:
        return _bucket_tables(here and here.lengths, there and there.lengths, "Values a row")
    if pair.shown.kind == NUMERIC:
        kind = QUANTILES_TYPE if asked.chart == QUANTILES else STANDARD_TYPE
        return _bucket_tables(*_histograms(here, there, kind), "Range")
    return _top_values(here, there)


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


def _custom(feature: Feature) -> list[tuple[str, str]]:
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
