"""The tables of a page of statistics: a table for each kind of feature, with a chart in every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.pages.data.charts.histogram import histogram_chart
from shipway.dashboards.pages.data.charts.quantiles import quantiles_chart
from shipway.dashboards.pages.data.charts.ranks import ranks_chart
from shipway.dashboards.pages.data.charts.shapes import Chart
from shipway.dashboards.pages.data.numbers import number
from shipway.dashboards.pages.data.statistics.asked import LENGTHS, QUANTILES, Asked
from shipway.dashboards.pages.data.statistics.columns import COLUMNS, TITLES, Cell, cells_of
from shipway.dashboards.pages.data.statistics.distances import MEASURES
from shipway.dashboards.pages.data.statistics.features import NUMERIC, QUANTILES_TYPE, STANDARD_TYPE, Feature
from shipway.dashboards.pages.data.statistics.pairs import Pair
from shipway.dashboards.pages.data.statistics.values import ValueTable, custom_values, value_tables


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
        values=value_tables(pair, asked),
        custom=custom_values(shown),
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
    if asked.chart == LENGTHS:
        return quantiles_chart(*pair.lengths)
    if pair.shown.kind != NUMERIC:
        here, there = pair.alike
        return ranks_chart(here.counts if here else {}, there.counts if there else {}, asked.log)
    chart = None
    if asked.chart != QUANTILES:
        chart = histogram_chart(*pair.histograms(STANDARD_TYPE), asked.log)
    return chart or quantiles_chart(*pair.histograms(QUANTILES_TYPE))


def _undrawn(feature: Feature, asked: Asked) -> str:
    if asked.chart == LENGTHS and feature.common is not None and feature.common.num_non_missing:
        return f"{number(feature.common.max_num_values)} in every row"
    return "no histogram" if feature.has_values else "no values"
