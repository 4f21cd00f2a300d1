"""What a run needs before any server starts: both models, their own answers, and a request body for each protocol.

A program of its own, so that the process that measures never imports TensorFlow. Usage: prepare.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import features
import models
import payloads
from fast_call import fast_call
from workplace import ANSWERS, BODIES, QUICK, SLOW

ROWS = 4096
"""Distinct rows whose answers are compared one by one."""

ASKED_ROW = 7


def main(folder: Path) -> None:
    models.main(folder)
    rows = features.rows(ROWS)
    answers = {}
    for name in (QUICK, SLOW):
        call = fast_call(str(folder / name / "1"))
        answers[name] = [float(answer) for answer in call(models.feed(rows)).ravel()]
    (folder / ANSWERS).write_text(json.dumps(answers))
    bodies = folder / BODIES
    bodies.mkdir(exist_ok=True)
    for protocol in payloads.PROTOCOLS:
        (bodies / protocol.name).write_bytes(protocol.encode([features.row(ASKED_ROW)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
