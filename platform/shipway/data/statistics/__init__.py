"""Statistics of rows, in TFDV's own format: `generate_statistics` makes them, `write_statistics` keeps them."""

from shipway.data.statistics.files import (
    FILE_NAME,
    overall,
    read_split_statistics,
    read_statistics,
    write_statistics,
)
from shipway.data.statistics.generate import SlicedStatistics, generate_statistics
from shipway.data.statistics.options import StatisticsOptions
from shipway.data.statistics.slices import ALL_EXAMPLES

__all__ = [
    "ALL_EXAMPLES",
    "FILE_NAME",
    "SlicedStatistics",
    "StatisticsOptions",
    "generate_statistics",
    "overall",
    "read_split_statistics",
    "read_statistics",
    "write_statistics",
]
