"""What a model was asked lately: the inputs in the newest files of the inference log, bounded in files, rows and time.

Files lie at `<model>/date=YYYY-MM-DD/hour=HH/<version>-<signature>-<start>-<id>.parquet`, names as in addresses.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from shipway.data.model.signature import EXAMPLE_INPUTS, PREDICT_FEATURES
from shipway.errors import InputError, in_one_line

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MOST_ROWS = 20_000
MOST_FILES = 60
MOST_HOURS = 400
MOST_NAMES = 5_000
SECONDS = 5.0
SUFFIX = ".parquet"
SHADOW = "shadow:"
"""How the arm begins of rows that nobody was given the answer of: they are copies."""


class NothingLogged(InputError):
    """There are no inputs to look at."""


class LogFileName(NamedTuple):
    """What a file's name says of its rows."""

    version: str
    signature: str
    start: str
    path: Path


@dataclass(frozen=True)
class LiveInputs:
    """Inputs as columns of raw values, missing ones null; times are milliseconds since 1970.

    `is_whole` is False where there were more rows, or more time would have been needed.
    """

    version: str
    signature: str
    batches: Sequence[pa.RecordBatch] = ()
    rows: int = 0
    files: int = 0
    first_ms: float = 0
    last_ms: float = 0
    is_whole: bool = True
    notes: Sequence[str] = field(default_factory=tuple)


def logged_models(folder: Path) -> list[str]:
    """The models that have anything in a log; none where there is no log."""
    try:
        with os.scandir(folder) as found:
            names = [one.name for one in found if one.is_dir() and not one.name.startswith(".")]
    except OSError:
        return []
    return sorted(unquote(name) for name in names[:MOST_NAMES])


def live_inputs(folder: Path, model: str, version: str = "", preferred: Collection[str] = ()) -> LiveInputs:
    """The newest inputs of a model: of a given version, or of the one of the preferred ones that was asked last.

    Where none of those was asked lately it is the one that was.

    Raises `NothingLogged`, an `InputError`, with the sentence that says why.
    """
    names = _newest_files(folder, model, version)
    version = next((name.version for name in names if name.version in preferred), names[0].version)
    of_version = [name for name in names if name.version == version]
    signatures = dict.fromkeys(name.signature for name in of_version)
    chosen = PREDICT_FEATURES if PREDICT_FEATURES in signatures else next(iter(signatures))
    return _read([name for name in of_version if name.signature == chosen][:MOST_FILES], model)


def _newest_files(folder: Path, model: str, version: str) -> list[LogFileName]:
    if not folder.is_dir():
        raise NothingLogged(f"There is no folder {str(folder)!r}: no model server has logged anything there yet.")
    place = next((folder / name for name in _entries(folder) if unquote(name) == model), None)
    found: list[LogFileName] = []
    for hour in _hours(place) if place else ():
        inside = sorted((name for name in _names(hour) if version in ("", name.version)), key=lambda one: one.start)
        found += reversed(inside)
        if len(found) >= 2 * MOST_FILES:
            break
    if not found:
        of = f"version {version} of {model!r}" if version else f"the model {model!r}"
        raise NothingLogged(f"Nothing is logged of {of[:300]} in {str(folder)!r}, in its newest {MOST_HOURS} hours.")
    return found


def _hours(place: Path) -> Iterator[Path]:
    """The folders of hours, the newest first."""
    number = 0
    for day in sorted((name for name in _entries(place) if name.startswith("date=")), reverse=True):
        for hour in sorted((name for name in _entries(place / day) if name.startswith("hour=")), reverse=True):
            yield place / day / hour
            number += 1
            if number >= MOST_HOURS:
                return


def _names(hour: Path) -> Iterator[LogFileName]:
    for name in _entries(hour):
        version, _, rest = name.removesuffix(SUFFIX).partition("-")
        parts = rest.rsplit("-", 2)
        if name.endswith(SUFFIX) and not name.startswith(".") and len(parts) == 3:
            yield LogFileName(version, unquote(parts[0]), parts[1], hour / name)


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)[:MOST_NAMES]
    except OSError:
        return []


def _read(names: Sequence[LogFileName], model: str) -> LiveInputs:
    import pyarrow as pa
    import pyarrow.parquet as pq

    until = monotonic() + SECONDS
    batches: list[pa.RecordBatch] = []
    first_ms, last_ms, rows, files = float("inf"), 0.0, 0, 0
    problems: list[str] = []
    for name in names:
        try:
            with pq.ParquetFile(name.path) as file:
                _check_inputs(file.schema_arrow, name, model)
                for batch, times in _parts(file, until, MOST_ROWS - rows):
                    batches.append(batch)
                    rows += batch.num_rows
                    first_ms, last_ms = min(first_ms, times[0]), max(last_ms, times[1])
            files += 1
        except (OSError, pa.ArrowException) as error:
            problems.append(f"{str(name.path)!r} cannot be read ({in_one_line(error)}).")
        if rows >= MOST_ROWS or monotonic() > until:
            break
    if not rows:
        reason = problems[0] if problems else "its newest files hold no inputs that anybody was answered to."
        raise NothingLogged(f"No inputs of {model[:300]!r} are in the inference log: {reason}")
    is_whole = rows < MOST_ROWS and monotonic() <= until and files < MOST_FILES
    chosen = names[0]
    return LiveInputs(chosen.version, chosen.signature, batches, rows, files, first_ms, last_ms, is_whole, problems[:3])


def _check_inputs(schema: pa.Schema, name: LogFileName, model: str) -> None:
    """Raise `NothingLogged` for what holds no values of features."""
    import pyarrow as pa

    inputs = schema.field("inputs").type if "inputs" in schema.names else None
    if inputs is None or not pa.types.is_struct(inputs):
        raise NothingLogged(f"The signature {name.signature!r} of {model[:300]!r} takes no inputs that are logged.")
    names = [inputs[index].name for index in range(inputs.num_fields)]
    if len(names) == 1 and names[0] in EXAMPLE_INPUTS and not pa.types.is_floating(inputs[0].type):
        raise NothingLogged(
            f"{model[:300]!r} was asked with serialized examples alone (signature {name.signature!r}), whose "
            f"values the log does not have by name: ask for {PREDICT_FEATURES!r} to have live inputs compared."
        )


def _parts(file: pq.ParquetFile, until: float, most_rows: int) -> Iterator[tuple[pa.RecordBatch, tuple[float, float]]]:
    """Inputs of the row groups of one file, the newest first, with their first and last times."""
    from shipway.dashboards.serving.input_columns import features_of

    left = most_rows
    for group in reversed(range(file.num_row_groups)):
        if left <= 0 or monotonic() > until:
            return
        table = file.read_row_group(group, columns=["time", "arm", "inputs"], use_threads=False)
        found = features_of(table, SHADOW, left)
        if found is not None:
            left -= found[0].num_rows
            yield found
