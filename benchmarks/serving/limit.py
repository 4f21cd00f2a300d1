"""What no server can beat on this machine: the bare model call in a loop, without a network.

A program of its own. Usage: limit.py FOLDER SECONDS; prints one line of JSON, model and batch size to rows a second.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import features
import models
from fast_call import fast_call
from workplace import QUICK, SLOW

BATCHES = (1, 64)
WARM_UP_CALLS = 20


def rows_a_second(path: Path, batch: int, seconds: float) -> float:
    """Rows a second of calls with `batch` rows each, one after the other."""
    call = fast_call(str(path))
    arrays = models.feed(features.rows(batch))
    for _ in range(WARM_UP_CALLS):
        call(arrays)
    calls, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        call(arrays)
        calls += 1
    return calls * batch / (time.perf_counter() - started)


def main(folder: Path, seconds: float) -> None:
    figures = {
        model: {str(batch): round(rows_a_second(folder / model / "1", batch, seconds), 1) for batch in BATCHES}
        for model in (QUICK, SLOW)
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
