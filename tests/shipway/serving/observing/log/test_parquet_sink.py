"""Files of the log lie by day and hour, appear whole or not at all, and survive full disks and killed servers."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from shipway.errors import EnvironmentFault
from shipway.serving.batching.batch import Batch
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Call
from shipway.serving.observing.log.log_file import remove_leftovers
from shipway.serving.observing.log.parquet_sink import ParquetSink, Rotation
from shipway.serving.observing.log.taken import take
from shipway.serving.servable import Servable

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC).timestamp()


def taken(model, xs, arrived=0.0, model_name="m", signature="serving_default"):
    """One request of so many rows."""
    servable = Servable(model_name, 7, model, BatchingRules(), None, lambda *_: None)
    call = Call(None, servable, "", "id", "rest", arrived, 1e9)
    call.signature_name, call.rows = signature, len(xs)
    call.feed = {"name": [str(x) for x in xs], "x": xs}
    batch = Batch([call])
    batch.run(model.call, model.signatures[signature], BatchingRules(), lambda: arrived + 0.001)
    call.finished = batch.finished
    return take(servable, model.signatures[signature], batch)


def written(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.parquet"))


def test_rows_lie_where_their_time_says(tmp_path, arithmetic_model, rows_of):
    sink = ParquetSink(tmp_path)
    sink.open()
    model = arithmetic_model()
    batches = [batch for x, at in ((1.0, 3599.5), (2.0, 3600.5), (3.0, 40000)) for batch in taken(model, [x], at)]
    sink.write(batches, NOON)
    sink.close(5)
    places = {path.parent.relative_to(tmp_path).as_posix(): path for path in written(tmp_path)}
    assert list(places) == [f"m/date=2024-05-01/hour={hour}" for hour in (12, 13, 23)]
    assert [row["inputs"]["x"] for row in rows_of(tmp_path)] == [1.0, 2.0, 3.0]
    assert rows_of(tmp_path)[0]["time"] == datetime(2024, 5, 1, 12, 59, 59, 500_000, tzinfo=UTC)
    for path in places.values():
        version, signature, start, identity = path.stem.split("-")
        assert (version, signature, len(start), len(identity)) == ("7", "serving_default", 16, 12)


@pytest.mark.parametrize(("name", "folder"), [("..", "%2E%2E"), ("a b", "a b"), ("x:y", "x%3Ay")])
def test_names_do_not_lead_out_of_the_folder(tmp_path, arithmetic_model, name, folder):
    sink = ParquetSink(tmp_path / "log")
    sink.open()
    sink.write(taken(arithmetic_model(), [1.0], model_name=name), NOON)
    sink.close(5)
    (path,) = written(tmp_path)
    assert path.relative_to(tmp_path / "log").parts[0] == folder


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path, arithmetic_model):
    sink = ParquetSink(tmp_path, Rotation(rows=10))
    sink.open()
    model = arithmetic_model()
    for x in range(9):
        sink.write(taken(model, [float(x)]), NOON)
    assert not written(tmp_path)
    assert sink.written_rows == 0
    sink.write(taken(model, [9.0]), NOON)
    (path,) = written(tmp_path)
    assert pq.ParquetFile(path).metadata.num_rows == sink.written_rows == 10
    sink.close(5)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_a_file_ends_when_it_is_old_or_large(tmp_path, arithmetic_model):
    model = arithmetic_model()
    old = ParquetSink(tmp_path / "old", Rotation(seconds=0.05))
    old.write(taken(model, [1.0]), NOON)
    old.tick()
    assert not written(tmp_path / "old")
    time.sleep(0.06)
    old.tick()
    assert len(written(tmp_path / "old")) == 1
    large = ParquetSink(tmp_path / "large", Rotation(bytes=50_000))
    xs = np.random.default_rng(1).random(20_000).astype(np.float32).tolist()
    large.write(taken(model, xs), NOON)
    assert len(written(tmp_path / "large")) == 1


def test_rows_of_other_types_get_a_file_of_their_own(tmp_path, arithmetic_model, rows_of):
    sink = ParquetSink(tmp_path)
    model = arithmetic_model()
    for x in ("text", b"\xff", "text again"):
        batches = taken(model, [1.0])
        batches[0].feed["name"][0] = x
        sink.write(batches, NOON)
    sink.close(5)
    assert sorted(str(row["inputs"]["name"]) for row in rows_of(tmp_path)) == ["b'\\xff'", "b'text again'", "text"]
    assert len(written(tmp_path)) == 2


def run_writer(script: str, folder: Path) -> subprocess.Popen:
    """A process that writes a log; `script` finds `model`, `folder` and this module as `this`."""
    here = Path(__file__).parent
    start = (
        "import sys; sys.dont_write_bytecode = True\n"
        f"sys.path[:0] = [{str(here)!r}, {str(here.parents[1])!r}]\n"
        "import importlib.util, time, json, resource\n"
        f"spec = importlib.util.spec_from_file_location('serving_conftest', {str(here.parents[1] / 'conftest.py')!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "import test_parquet_sink as this\n"
        "from pathlib import Path\n"
        "from shipway.serving.observing.log.parquet_sink import ParquetSink, Rotation\n"
        f"model, folder = module.ArithmeticModel(), Path({str(folder)!r})\n"
    )
    return subprocess.Popen([sys.executable, "-c", start + script], stdout=subprocess.PIPE, text=True)


def test_a_killed_server_leaves_no_half_file_under_its_final_name(tmp_path):
    script = """
sink = ParquetSink(folder, Rotation(rows=3000))
sink.open()
batches = this.taken(model, [float(x) for x in range(1000)])
for _ in range(4):
    sink.write(batches, this.NOON)
print("a file is whole, the next one is begun", flush=True)
while {is_busy}:
    sink.write(batches, this.NOON)
time.sleep(60)
"""
    for is_busy, delay in ((True, 0.0), (True, 0.05), (False, 0.0)):
        with run_writer(script.format(is_busy=is_busy), tmp_path) as process:
            try:
                assert process.stdout.readline()
                time.sleep(delay)
            finally:
                process.send_signal(signal.SIGKILL)
    assert len(written(tmp_path)) >= 3
    assert all(pq.ParquetFile(path).metadata.num_rows == 3000 for path in written(tmp_path))
    left = [path for path in tmp_path.rglob(".partial-*") if path.is_file()]
    assert left
    assert remove_leftovers(tmp_path) == 0
    for path in left:
        os.utime(path, (1e9, 1e9))
    assert remove_leftovers(tmp_path) == len(left)
    assert not list(tmp_path.rglob(".partial-*"))


def test_what_another_server_is_writing_is_left_alone(tmp_path, arithmetic_model, rows_of):
    sink = ParquetSink(tmp_path)
    sink.write(taken(arithmetic_model(), [1.0]), NOON)
    (partial,) = tmp_path.rglob(".partial-*")
    os.utime(partial, (1e9, 1e9))
    ParquetSink(tmp_path).open()
    sink.close(5)
    assert len(rows_of(tmp_path)) == 1


def test_a_full_disk_costs_rows_that_are_counted_and_leaves_nothing_half(tmp_path):
    script = """
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
sink = ParquetSink(folder, Rotation(rows=20_000), recovery_seconds=0.3)
sink.open()
import numpy as np
xs = np.random.default_rng(1).random(20_000).astype(np.float32).tolist()
sink.write(this.taken(model, xs), this.NOON)
first = (sink.written_rows, sink.lost_rows)
sink.write(this.taken(model, [1.0]), this.NOON)
second = (sink.written_rows, sink.lost_rows)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
time.sleep(0.31)
sink.write(this.taken(model, [1.0, 2.0]), this.NOON)
sink.close(5)
print(json.dumps([first, second, (sink.written_rows, sink.lost_rows)]))
"""
    with run_writer(script, tmp_path) as process:
        output, _ = process.communicate(timeout=60)
    assert json.loads(output) == [[0, 20_000], [0, 20_001], [2, 20_001]]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == written(tmp_path)
    assert [pq.ParquetFile(path).metadata.num_rows for path in written(tmp_path)] == [2]


def test_a_place_that_cannot_be_written_to_costs_rows_and_one_complaint(tmp_path, arithmetic_model, caplog):
    sink = ParquetSink(tmp_path)
    (tmp_path / "m").write_text("a file where a folder should be")
    for x in range(3):
        sink.write(taken(arithmetic_model(), [float(x), 1.0]), NOON)
    assert (sink.written_rows, sink.lost_rows) == (0, 6)
    assert len(caplog.records) == 1
    assert str(tmp_path) in caplog.text


def test_a_folder_that_cannot_be_used_is_said_before_the_server_starts(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(EnvironmentFault, match=r"Cannot write to '.*taken/log'"):
        ParquetSink(tmp_path / "taken" / "log").open()


def test_closing_takes_no_longer_than_it_may(tmp_path, arithmetic_model):
    sink = ParquetSink(tmp_path)
    sink.write(taken(arithmetic_model(), [1.0]), NOON)
    sink.close(0)
    assert sink.lost_rows == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
