"""What the user's module wants of the statistics before and after the transform."""

from __future__ import annotations

import enum
import json
import traceback
from collections.abc import Callable
from typing import Any

from shipway.data.statistics import StatisticsOptions
from shipway_components.transform.errors import PreprocessingFailed

UPDATER = "stats_options_updater_fn"


class StatsType(enum.Enum):
    """Which statistics the updater is asked about, as TFX has it."""

    UNKNOWN = 0
    PRE_TRANSFORM = 1
    POST_TRANSFORM = 2


def statistics_options(
    updater: Callable[[StatsType, Any], Any] | None, kind: StatsType, module_file: str
) -> StatisticsOptions:
    """The options that the module's `stats_options_updater_fn(stats_type, stats_options)` returns, or the defaults.

    The updater gets and returns a `tfdv.StatsOptions`; TFDV is imported only where there is one.

    Raises:
      PreprocessingFailed: the updater raised.
      UnsupportedStatsOption: it asks for what is not computed here.
    """
    if updater is None:
        return StatisticsOptions()
    from tensorflow_data_validation import StatsOptions

    try:
        chosen = updater(kind, StatsOptions())
    except Exception as error:
        traceback.print_exc()
        raise PreprocessingFailed(UPDATER, module_file, error) from error
    return StatisticsOptions.from_mapping(json.loads(chosen.to_json()))
