"""A delivery that is killed at any moment, again and again, until all is delivered."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from shipway.lineage import ArtifactRecord, LineageQueries, TaskIdentity
from shipway.lineage.spool import Recording, SpoolFolder

TASKS = 12
DELIVER = """
import sys
from pathlib import Path
from shipway.lineage.spool import deliver_waiting
from shipway.settings import MetadataAddress
print("begins", flush=True)
deliver_waiting(MetadataAddress(None, sys.argv[1], spool=Path(sys.argv[2])))
"""


def test_kill_9_in_delivery_neither_loses_nor_doubles_a_record(service: Any, tmp_path: Path) -> None:
    service.remembers = False
    address = service.address(spool=tmp_path / "spool", patience_seconds=0.05)
    spool = SpoolFolder.of(address)
    assert spool is not None
    service.stop()
    with closing(Recording.open(address)) as recording:
        for number in range(TASKS):
            identity = TaskIdentity("taxi", "run-1", f"task-{number}", "shipway_components.trainer")
            begun = recording.begin(identity, {"examples": [ArtifactRecord("Examples", "/e")]}, {"n": number}, "")
            recording.complete(begun, {"model": [ArtifactRecord("Model", f"/m{number}")]}, {})
    service.start()
    service.before = lambda method: time.sleep(0.01)  # every moment of a delivery lasts long enough to be met
    moments = random.Random(5)
    kills = 0
    while spool.waiting():
        command = [sys.executable, "-c", DELIVER, service.url, str(tmp_path / "spool")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as delivering:
            assert delivering.stdout is not None
            assert delivering.stdout.readline() == "begins\n"
            try:
                delivering.wait(moments.uniform(0.1, 0.5))
            except subprocess.TimeoutExpired:
                delivering.send_signal(signal.SIGKILL)
                kills += 1
    assert kills >= 2
    assert not spool.refused.exists()
    with closing(LineageQueries.open(address)) as queries:
        executions = queries.run("run-1")
        assert [(one.task, one.state) for one in executions] == [(f"task-{n}", "COMPLETE") for n in range(TASKS)]
        assert [len(one.outputs["model"]) for one in executions] == [1] * TASKS
        assert len(queries.artifacts()) == TASKS + 1
