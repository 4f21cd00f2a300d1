"""The joined flights: right weather, right plane, right label, and nothing that is known only afterwards."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shipway.artifacts import Files
from shipway.step import StepContext
from shipway_pipelines.flights import features
from shipway_pipelines.flights.join import join_tables
from shipway_pipelines.flights.join_flights import join_flights, tables_state
from shipway_pipelines.flights.tables import TablesMissing, tables_folder

FLIGHTS = """\
year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,\
air_time,distance,hour,minute,time_hour
2013,1,1,517,515,2,830,819,15,UA,1545,N1,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z
2013,1,1,533,529,4,850,830,14,UA,1714,N2,LGA,IAH,227,1416,5,29,2013-01-01T10:00:00Z
2013,3,31,2355,2350,5,NA,120,NA,AA,1,N1,EWR,MIA,NA,1089,23,50,2013-04-01T03:00:00Z
2013,3,31,2355,2350,5,125,120,-5,AA,2,NA,JFK,MIA,150,1089,23,50,2013-04-01T03:00:00Z
"""
WEATHER = """\
origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour
EWR,2013,1,1,5,39.0,28.0,64.4,260,12.7,NA,0.1,1011.9,10,2013-01-01T10:00:00Z
EWR,2013,1,1,6,99.0,28.0,64.4,260,12.7,NA,0,1011.9,10,2013-01-01T11:00:00Z
LGA,2013,1,1,5,40.0,25.0,54.8,NA,15.0,21.9,0,NA,9,2013-01-01T10:00:00Z
"""
PLANES = """\
tailnum,year,type,manufacturer,model,engines,seats,speed,engine
N1,1999,Fixed wing multi engine,BOEING,737-824,2,149,NA,Turbo-fan
"""
AFTERWARDS = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")


def write_tables(folder: Path, flights: str = FLIGHTS) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (("flights", flights), ("weather", WEATHER), ("planes", PLANES)):
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture
def rows(tmp_path):
    return join_tables(write_tables(tmp_path)).to_pylist()


def test_each_flight_has_the_weather_of_its_airport_and_hour(rows):
    assert [row["temp"] for row in rows] == [39.0, 40.0, None]
    assert rows[0]["wind_dir"] == 260
    assert rows[0]["wind_gust"] is None
    assert rows[1]["wind_dir"] is None
    assert rows[1]["wind_gust"] == 21.9


def test_each_flight_has_its_own_plane(rows):
    planes = [tuple(row[name] for name in (*features.PLANE_WORDS, *features.PLANE_NUMBERS)) for row in rows]
    assert planes == [("BOEING", "Turbo-fan", 1999, 149), (None,) * 4, (None,) * 4]


def test_a_flight_is_late_from_the_fifteenth_minute(rows):
    assert [(row["flight"], row["late"]) for row in rows] == [(1545, 1), (1714, 0), (2, 0)]


def test_a_flight_that_never_arrived_has_no_label_and_is_left_out(rows):
    assert 1 not in [row["flight"] for row in rows]


def test_the_schedule_in_minutes_and_days(rows):
    names = ("weekday", "hour", "departure_minute", "arrival_minute", "scheduled_minutes")
    tuesday, sunday = 2, 7
    assert tuple(rows[0][name] for name in names) == (tuesday, 5, 315, 499, 184)
    assert tuple(rows[2][name] for name in names) == (sunday, 23, 1430, 80, 90)


def test_nothing_is_known_only_afterwards(tmp_path):
    """Whatever happened after the departure, all features but the label stay what they are."""
    header, *lines = FLIGHTS.splitlines()
    places = [header.split(",").index(name) for name in AFTERWARDS]
    changed = []
    for line in lines:
        cells = line.split(",")
        happened = cells[places[3]] != "NA"
        changed.append(",".join("99" if place in places and happened else cell for place, cell in enumerate(cells)))
    before = join_tables(write_tables(tmp_path / "before"))
    after = join_tables(write_tables(tmp_path / "after", "\n".join([header, *changed]) + "\n"))
    assert after["late"].to_pylist() == [1, 1, 1]
    assert after.drop(["late"]).equals(before.drop(["late"]))


def test_two_rows_of_one_plane_make_no_second_flight(tmp_path):
    folder = write_tables(tmp_path)
    (folder / "planes.csv").write_text(PLANES + PLANES.splitlines()[1].replace("BOEING", "AIRBUS") + "\n")
    table = join_tables(folder)
    assert table.num_rows == 3
    assert table["plane_manufacturer"].to_pylist()[0] == "BOEING"


def run_step(folder: Path, output: Path) -> tuple[Files, list[int]]:
    flights, seen = Files(str(output)), []
    output.mkdir()
    context = StepContext("flights", "run", "join-flights", output, seen.append, None)
    join_flights.function(flights=flights, context=context, data=str(folder))
    return flights, seen


def test_the_step_writes_a_span_for_every_month(tmp_path):
    flights, seen = run_step(write_tables(tmp_path / "tables"), tmp_path / "out")
    files = sorted(str(path.relative_to(flights.path)) for path in flights.path.rglob("*.parquet"))
    assert files == ["span-01/flights.parquet", "span-03/flights.parquet"]
    assert pq.read_table(flights.path / files[0])["month"].to_pylist() == [1, 1]
    assert pq.read_schema(flights.path / files[0]).names == list(features.COLUMNS)
    assert flights.metadata["rows"] == 3
    assert seen == [2, 3]


def test_the_cache_sees_a_change_of_any_table(tmp_path):
    folder = write_tables(tmp_path)
    states = {tables_state(str(folder))}
    for name in ("flights", "weather", "planes"):
        with (folder / f"{name}.csv").open("a") as file:
            file.write("\n")
        states.add(tables_state(str(folder)))
    assert len(states) == 4


def test_a_folder_without_the_tables_is_named(tmp_path):
    with pytest.raises(TablesMissing, match=r"no flights.csv or flights.csv.zip in '.*': give the folder"):
        join_tables(tmp_path)


def test_the_real_year():
    """336,776 flights of which 327,346 arrived; the order and the types are always the same."""
    table = join_tables(tables_folder(""))
    assert table.num_rows == 327_346
    assert table["late"].to_numpy().mean() == pytest.approx(0.2447, abs=1e-4)
    assert set(table["month"].to_pylist()) == set(range(1, 13))
    assert table["temp"].null_count / table.num_rows < 0.01
    assert table["plane_seats"].null_count / table.num_rows < 0.15
    again = join_tables(tables_folder(""))
    assert table.equals(again)
