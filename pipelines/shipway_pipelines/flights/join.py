"""Joining each flight with the weather at its airport and with its plane, in the order of the file.

A lookup by key keeps one row a flight whatever the other table holds, and the same order on every machine, which a hash
join does not: the same tables always give the same bytes, so that what was computed from them stays cached.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shipway_pipelines.flights import features
from shipway_pipelines.flights.tables import FLIGHTS, PLANES, WEATHER, read_table

SCHEDULE_COLUMNS = (
    "year", "month", "day", "sched_dep_time", "sched_arr_time", "carrier", "flight", "tailnum", "origin", "dest",
    "distance", "hour", "time_hour",
)  # fmt: skip
OUTCOME = "arr_delay"
"""Minutes behind schedule at arrival; missing for flights that were cancelled or diverted."""

WEATHER_KEY = ("origin", "time_hour")
WEATHER_COLUMNS = (*features.WEATHER_NUMBERS, features.WIND_DIRECTION)
PLANE_KEY = "tailnum"
PLANE_COLUMNS = {"year": "plane_year", "manufacturer": "plane_manufacturer", "engine": "plane_engine",
                 "seats": "plane_seats"}  # fmt: skip
MINUTES_A_DAY = 24 * 60


def join_tables(folder: Path) -> pa.Table:
    """The labelled flights with the columns `features.COLUMNS`; raises `TablesMissing`.

    A flight that was cancelled or diverted has no arrival delay, so it has no label and is left out. Missing values
    stay missing: the weather of an hour without a report, the plane of an unknown tail number.
    """
    flights = read_table(folder, FLIGHTS, (*SCHEDULE_COLUMNS, OUTCOME))
    flights = pc.filter(flights, pc.is_valid(flights[OUTCOME])).combine_chunks()
    weather = read_table(folder, WEATHER, (*WEATHER_KEY, *WEATHER_COLUMNS))
    planes = read_table(folder, PLANES, (PLANE_KEY, *PLANE_COLUMNS))
    columns = {name: flights[name] for name in flights.column_names}
    columns |= _looked_up(_weather_key(flights), _weather_key(weather), weather.select(WEATHER_COLUMNS))
    planes_by_tail = planes.select(list(PLANE_COLUMNS)).rename_columns(list(PLANE_COLUMNS.values()))
    columns |= _looked_up(flights[PLANE_KEY], planes[PLANE_KEY], planes_by_tail)
    columns |= _schedule(flights)
    columns[features.LABEL] = pc.cast(pc.greater_equal(flights[OUTCOME], features.LATE_MINUTES), pa.int64())
    return pa.table({name: columns[name] for name in features.COLUMNS})


def write_months(table: pa.Table, folder: Path, progress: Callable[[int], None]) -> int:
    """Write `span-01/flights.parquet` to `span-12/...`, one file a month; returns the number of rows."""
    rows = 0
    for month in sorted(pc.unique(table["month"]).to_pylist()):
        of_month = pc.filter(table, pc.equal(table["month"], month))
        span = folder / f"span-{month:02d}"
        span.mkdir(parents=True)
        pq.write_table(of_month, span / "flights.parquet")
        rows += of_month.num_rows
        progress(rows)
    return rows


def _weather_key(table: pa.Table) -> pa.ChunkedArray:
    """Airport and hour as one text, the hour as seconds since 1970."""
    airport, hour = (table[name] for name in WEATHER_KEY)
    return pc.binary_join_element_wise(airport, pc.cast(pc.cast(hour, pa.int64()), pa.string()), " ")


def _looked_up(keys: pa.ChunkedArray, known: pa.ChunkedArray, values: pa.Table) -> dict[str, pa.ChunkedArray]:
    """For each key the row of `values` that has it, the first one where there are several, else missing values."""
    rows = pc.index_in(keys, value_set=known, skip_nulls=True)
    return {name: pc.take(values[name].combine_chunks(), rows) for name in values.column_names}


def _schedule(flights: pa.Table) -> dict[str, pa.ChunkedArray]:
    departure = _minutes(flights["sched_dep_time"])
    arrival = _minutes(flights["sched_arr_time"])
    between = pc.subtract(arrival, departure)
    return {
        "weekday": _weekday(flights),
        "departure_minute": departure,
        "arrival_minute": arrival,
        "scheduled_minutes": pc.if_else(pc.less(between, 0), pc.add(between, MINUTES_A_DAY), between),
    }


def _minutes(clock: pa.ChunkedArray) -> pa.ChunkedArray:
    """Minutes after midnight of times written as 1745."""
    hours = pc.divide(clock, 100)
    return pc.add(pc.multiply(hours, 60), pc.subtract(clock, pc.multiply(hours, 100)))


def _weekday(flights: pa.Table) -> pa.ChunkedArray:
    """1 for Monday to 7 for Sunday, of the date at the airport."""
    date = [pc.cast(flights[name], pa.string()) for name in ("year", "month", "day")]
    days = pc.strptime(pc.binary_join_element_wise(*date, "-"), format="%Y-%m-%d", unit="s")
    return pc.day_of_week(days, count_from_zero=False)
