"""Data that is larger than memory, a window of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def read_windows(
    files: Sequence[Path], columns: list[str], options: Any, seed: int, window_rows: int
) -> Iterator[pa.Table]:
    """Tables of about `window_rows` rows, each a whole number of batches, over all epochs.

    Row groups are read in random order and the rows of a window are shuffled; what does not fill a batch opens the next
    window. The rest of the very last window is dropped where the options ask for whole batches.
    """
    whole_batches = options.drop_final_batch or options.num_epochs is None
    waiting: list[pa.Table] = []
    for rng, group in _row_groups(files, options, seed):
        waiting.append(_read(files, columns, *group))
        rows = sum(table.num_rows for table in waiting)
        if rows < max(window_rows, options.batch_size):
            continue
        window = _shuffled(pa.concat_tables(waiting), rng, options.shuffle)
        full = rows - rows % options.batch_size
        yield window.slice(0, full)
        waiting = [window.slice(full)]
    if waiting:
        window = _shuffled(pa.concat_tables(waiting), np.random.default_rng(seed), options.shuffle)
        kept = window.num_rows - window.num_rows % options.batch_size if whole_batches else window.num_rows
        if kept:
            yield window.slice(0, kept)


def _row_groups(
    files: Sequence[Path], options: Any, seed: int
) -> Iterator[tuple[np.random.Generator, tuple[int, int]]]:
    """(file, row group) pairs of every epoch, in random order where the options ask for it."""
    groups = [(f, g) for f, path in enumerate(files) for g in range(pq.read_metadata(path).num_row_groups)]
    epoch = 0
    while options.num_epochs is None or epoch < options.num_epochs:
        rng = np.random.default_rng((seed, epoch))
        for position in rng.permutation(len(groups)) if options.shuffle else range(len(groups)):
            yield rng, groups[position]
        epoch += 1


def _read(files: Sequence[Path], columns: list[str], file: int, group: int) -> pa.Table:
    return pq.ParquetFile(files[file], memory_map=True).read_row_group(group, columns)


def _shuffled(table: pa.Table, rng: np.random.Generator, shuffle: bool) -> pa.Table:
    return table.take(pa.array(rng.permutation(table.num_rows))) if shuffle else table
