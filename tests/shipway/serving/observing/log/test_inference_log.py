"""The log holds what was asked and answered, row by row, and costs callers nothing when it cannot."""

import asyncio
import math
import sys
import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest

from shipway.serving.call import Row
from shipway.serving.faults import InferenceFailed
from shipway.serving.observing import InferenceLog
from shipway.serving.observing.log.gathered_rows import MOST_ROWS
from shipway.serving.observing.log.parquet_sink import ParquetSink
from shipway.serving.observing.log.sampling import is_sampled


class SlowSink:
    """A destination that takes its time, or fails."""

    share = 1.0

    def __init__(self, error: Exception | None = None) -> None:
        self.written_rows = self.lost_rows = 0
        self.go_on = threading.Event()
        self.error = error

    def open(self) -> None: ...

    def write(self, batches, clock) -> None:
        if self.error:
            raise self.error
        self.go_on.wait(5)
        self.written_rows += sum(batch.rows for batch in batches)

    def tick(self) -> None: ...

    def close(self, seconds) -> None: ...


def logged(folder, serving, model, scenario, **options) -> InferenceLog:
    """Run a scenario on a server with a log in `folder`, to the end."""
    log = InferenceLog(ParquetSink(folder), **options)
    log.start()

    async def run():
        await scenario(serving(model, [log]))

    asyncio.run(run())
    log.stop()
    return log


def readings(log) -> dict:
    found = {}
    for reading in log.readings():
        found[reading.name.removeprefix("shipway_serving_inference_log_"), *reading.labels.values()] = reading.value
    return found


def test_every_row_of_every_request_is_found_by_its_tracking_id(tmp_path, serving, arithmetic_model, rows_of):
    asked = {f"id-{number}": [float(number * 10 + row) for row in range(1 + number % 4)] for number in range(200)}

    async def scenario(server):
        await asyncio.gather(
            *(
                server.ask({"name": [f"{key}/{x}" for x in xs], "x": xs}, len(xs), tracking_id=key)
                for key, xs in asked.items()
            )
        )

    log = logged(tmp_path, serving, arithmetic_model(), scenario)
    rows = rows_of(tmp_path)
    assert len(rows) == sum(map(len, asked.values())) == log._sink.written_rows
    for row in rows:
        x = asked[row["tracking_id"]][row["row"]]
        text = f"{row['tracking_id']}/{x}"
        assert row["inputs"] == {"name": text, "x": x}
        assert row["outputs"] == {"doubled": 2 * x, "echo": text}
    assert len({(row["tracking_id"], row["row"]) for row in rows}) == len(rows)


def test_a_row_says_what_answered_it_when_and_how_fast(tmp_path, serving, arithmetic_model, rows_of):
    before = datetime.now(UTC)

    async def scenario(server):
        await server.double(1.0, tracking_id="mine", arm="canary")

    logged(tmp_path, serving, arithmetic_model(seconds=0.02), scenario)
    (row,) = rows_of(tmp_path)
    assert before <= row.pop("time") <= datetime.now(UTC)
    assert 20 <= row.pop("latency_ms") < 2000
    assert row == {
        "tracking_id": "mine", "row": 0, "model": "m", "version": 7, "arm": "canary", "signature": "serving_default",
        "transport": "rest", "code": "OK", "inputs": {"name": "n", "x": 1.0}, "outputs": {"doubled": 2.0, "echo": "n"},
    }  # fmt: skip


def lone(server, x, name="n", signature="", **options):
    """A request of one plain row, as a JSON document of one instance is read."""
    return server.ask(Row(("name", "x"), (name, x)), signature=signature, **options)


def test_rows_of_a_caller_who_waits_for_each_answer_are_all_there(tmp_path, serving, arithmetic_model, rows_of):
    count = 2 * MOST_ROWS + 7

    async def scenario(server):
        for x in range(count):
            await lone(server, float(x), f"é{x}", tracking_id=f"id-{x}", arm="a" if x % 2 else "b")
            if x == MOST_ROWS // 2:
                await asyncio.sleep(0.3)

    log = logged(tmp_path, serving, arithmetic_model(), scenario)
    rows = rows_of(tmp_path)
    assert [row["tracking_id"] for row in rows] == [f"id-{x}" for x in range(count)]
    for x, row in enumerate(rows):
        assert row["inputs"] == {"name": f"é{x}", "x": x}
        assert row["outputs"] == {"doubled": 2 * x, "echo": f"é{x}"}
        assert (row["row"], row["arm"], row["code"]) == (0, "a" if x % 2 else "b", "OK")
        assert 0 < row["latency_ms"] < 2000
    assert log._bytes_in == log._bytes_out


def test_a_lone_row_is_told_apart_from_whatever_else_runs(tmp_path, serving, arithmetic_model, rows_of):
    async def scenario(server):
        await lone(server, 1.0, tracking_id="first")
        await server.ask({"name": ["a", "b"], "x": [2.0, 3.0]}, 2, tracking_id="two")
        await lone(server, 4.0, tracking_id="again")
        with pytest.raises(InferenceFailed):
            await lone(server, -math.inf, tracking_id="failed")
        await server.ask(Row(("x",), (5.0,)), signature="total", tracking_id="total")
        await lone(server, 6.0, tracking_id="last")

    log = logged(tmp_path, serving, arithmetic_model(), scenario)
    found = {(row["tracking_id"], row["row"]): (row["code"], row["outputs"]) for row in rows_of(tmp_path)}
    assert found == {
        ("first", 0): ("OK", {"doubled": 2.0, "echo": "n"}),
        ("two", 0): ("OK", {"doubled": 4.0, "echo": "a"}),
        ("two", 1): ("OK", {"doubled": 6.0, "echo": "b"}),
        ("again", 0): ("OK", {"doubled": 8.0, "echo": "n"}),
        ("failed", 0): ("INTERNAL", None),
        ("total", 0): ("OK", {"total": 5.0}),
        ("last", 0): ("OK", {"doubled": 12.0, "echo": "n"}),
    }
    assert log._bytes_in == log._bytes_out


def test_rows_of_small_and_of_large_batches_are_all_there(tmp_path, serving, arithmetic_model, rows_of):
    asked = {}

    async def scenario(server):
        number = 0
        for size in (1, 3, 16, 40, 2, 64, 5) * 6:
            together = [f"{number + one}" for one in range(size)]
            number += size
            asked.update({key: float(key) for key in together})
            await asyncio.gather(*(lone(server, float(key), f"n{key}", tracking_id=key) for key in together))

    log = logged(tmp_path, serving, arithmetic_model(seconds=0.001), scenario)
    rows = rows_of(tmp_path)
    assert len(rows) == len(asked)
    for row in rows:
        x = asked.pop(row["tracking_id"])
        assert row["inputs"] == {"name": f"n{int(x)}", "x": x}
        assert row["outputs"] == {"doubled": 2 * x, "echo": f"n{int(x)}"}
    assert log._bytes_in == log._bytes_out


def test_rows_with_several_values_an_output_are_gathered_too(tmp_path, serving, arithmetic_model, rows_of, monkeypatch):
    class Wide(arithmetic_model):
        def call(self, signature, feed):
            pairs = np.stack([feed["x"], feed["x"] * 2], axis=1)[:, : 1 + int(feed["x"][0] >= 10)]
            return super().call(signature, feed) | {"doubled": pairs}

    async def scenario(server):
        for x in (1.0, 2.0, 10.0, 11.0, 3.0):
            await lone(server, x, tracking_id=str(x))

    monkeypatch.setattr(sys.modules[InferenceLog.__module__], "take", None)
    log = logged(tmp_path, serving, Wide(), scenario)
    found = {row["tracking_id"]: row["outputs"]["doubled"] for row in rows_of(tmp_path)}
    assert found == {"1.0": [1], "2.0": [2], "10.0": [10, 20], "11.0": [11, 22], "3.0": [3]}
    assert log.failures == 0


def test_lone_rows_are_sampled_like_all_others(tmp_path, serving, arithmetic_model, rows_of):
    ids = [f"id-{number}" for number in range(200)]

    async def scenario(server):
        for key in ids:
            await lone(server, 1.0, tracking_id=key)

    logged(tmp_path, serving, arithmetic_model(), scenario, rate=0.3)
    assert [row["tracking_id"] for row in rows_of(tmp_path)] == [key for key in ids if is_sampled(key, 0.3)]


def test_calls_that_were_run_one_by_one_are_logged_and_failures_with_their_code(
    tmp_path, serving, arithmetic_model, rows_of
):
    async def scenario(server):
        asked = (server.double(x, tracking_id=str(x)) for x in (1.0, -math.inf, 3.0))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(answers[1], InferenceFailed)

    logged(tmp_path, serving, arithmetic_model(), scenario)
    found = {row["tracking_id"]: (row["code"], row["inputs"]["x"], row["outputs"]) for row in rows_of(tmp_path)}
    assert found == {
        "1.0": ("OK", 1.0, {"doubled": 2.0, "echo": "n"}),
        "-inf": ("INTERNAL", -math.inf, None),
        "3.0": ("OK", 3.0, {"doubled": 6.0, "echo": "n"}),
    }


def test_inputs_that_make_no_tensor_are_logged_without_them(tmp_path, serving, arithmetic_model, rows_of):
    async def scenario(server):
        with pytest.raises(InferenceFailed):
            await server.ask({"name": ["n"], "x": ["no number"]}, tracking_id="bad")

    logged(tmp_path, serving, arithmetic_model(), scenario)
    (row,) = rows_of(tmp_path)
    assert (row["tracking_id"], row["code"], row["inputs"], row["outputs"]) == ("bad", "INTERNAL", None, None)


def test_tensors_of_all_forms_come_back(tmp_path, serving, arithmetic_model, rows_of):
    async def scenario(server):
        await server.ask({"values": np.array([[1, 2], [3, 4]])}, 2, "sums", tracking_id="matrix")
        await server.ask({"values": np.array([[5, 6, 7]])}, 1, "sums", tracking_id="wider")
        await server.ask({"x": np.array([1, 2, 3], np.float32)}, 3, "total", tracking_id="scalar")
        await server.ask({"name": [b"\xff", b"\xc3\xa9"], "x": [0.0, math.nan]}, 2, tracking_id="bytes")
        await server.ask({"name": ["\u00e9"], "x": [0.0]}, 1, tracking_id="text")

    logged(tmp_path, serving, arithmetic_model(), scenario)
    found = {(row["tracking_id"], row["row"]): (row["inputs"], row["outputs"]) for row in rows_of(tmp_path)}
    assert found["matrix", 1] == ({"values": [3, 4]}, {"sum": 7})
    assert found["wider", 0] == ({"values": [5, 6, 7]}, {"sum": 18})
    assert found["scalar", 0] == ({"x": [1.0, 2.0, 3.0]}, {"total": 6.0})
    assert ("scalar", 1) not in found
    assert found["bytes", 0] == ({"name": b"\xff", "x": 0.0}, {"doubled": 0.0, "echo": b"\xff"})
    inputs, outputs = found["bytes", 1]
    assert (inputs["name"], outputs["echo"]) == (b"\xc3\xa9", b"\xc3\xa9")
    assert math.isnan(inputs["x"])
    assert math.isnan(outputs["doubled"])
    assert found["text", 0][0]["name"] == "\u00e9".encode()


def test_a_request_without_common_rows_is_one_row(tmp_path, serving, arithmetic_model, rows_of):
    async def scenario(server):
        feed = {"name": np.array(["a", "b", "c"], object), "x": np.array([1.0, 2.0], np.float32)}
        await server.ask(feed, 1, is_solo=True, tracking_id="solo")

    logged(tmp_path, serving, arithmetic_model(), scenario)
    (row,) = rows_of(tmp_path)
    assert row["inputs"] == {"name": ["a", "b", "c"], "x": [1.0, 2.0]}
    assert row["outputs"] == {"doubled": [2.0, 4.0], "echo": ["a", "b", "c"]}


def test_tensors_of_several_ranks_are_not_mixed_up(tmp_path, serving, arithmetic_model, rows_of):
    tensors = {"flat": [1.0, 2.0], "deep": [[[1.0], [2.0]], [[3.0], [4.0]]], "long": [1.0, 2.0, 3.0]}

    async def scenario(server):
        asked = ((key, np.array(value, np.float32)) for key, value in tensors.items())
        await asyncio.gather(*(server.ask({"x": x}, 1, "mean", is_solo=True, tracking_id=key) for key, x in asked))

    logged(tmp_path, serving, arithmetic_model(), scenario)
    rows = {row["tracking_id"]: row for row in rows_of(tmp_path)}
    assert {key: row["inputs"]["x"] for key, row in rows.items()} == tensors
    assert {key: row["outputs"]["mean"] for key, row in rows.items()} == {
        "flat": 1.5,
        "deep": 2.5,
        "long": 2,
    }


def test_the_sample_is_a_matter_of_the_tracking_id(tmp_path, serving, arithmetic_model, rows_of):
    ids = [f"id-{number}" for number in range(400)]

    async def scenario(server):
        asked = ({"name": [key, key], "x": [1.0, 2.0]} for key in ids)
        await asyncio.gather(*(server.ask(feed, 2, tracking_id=feed["name"][0]) for feed in asked))

    for replica in ("a", "b"):
        logged(tmp_path / replica, serving, arithmetic_model(), scenario, rate=0.3)
    found = [(row["tracking_id"], row["row"], row["inputs"]["name"]) for row in rows_of(tmp_path / "a")]
    chosen = [key for key in ids if is_sampled(key, 0.3)]
    assert sorted(found) == sorted((key, row, key) for key in chosen for row in (0, 1))
    assert sorted(found) == sorted((r["tracking_id"], r["row"], r["inputs"]["name"]) for r in rows_of(tmp_path / "b"))
    assert 80 <= len(chosen) <= 160
    assert set(chosen) <= {key for key in ids if is_sampled(key, 0.6)}
    assert not any(is_sampled(key, 0.0) for key in ids)


def test_what_does_not_fit_is_dropped_and_counted_and_callers_do_not_wait(serving, arithmetic_model):
    sink = SlowSink()
    log = InferenceLog(sink, most_rows=10)
    log.start()

    async def scenario():
        server = serving(arithmetic_model(), [log])
        started = time.monotonic()
        for x in range(50):
            assert (await server.double(float(x)))["doubled"].tolist() == [2.0 * x]
        assert time.monotonic() - started < 2

    asyncio.run(scenario())
    assert log.dropped_rows == 40
    sink.go_on.set()
    log.stop()
    assert readings(log) == {
        ("written_rows",): 10, ("dropped_rows", "queue"): 40, ("dropped_rows", "sink"): 0, ("failures",): 0,
        ("queued_rows",): 0,
    }  # fmt: skip


def test_long_strings_count_by_their_bytes(serving, arithmetic_model):
    log = InferenceLog(SlowSink(), most_bytes=1 << 20)

    async def scenario():
        server = serving(arithmetic_model(), [log])
        for _ in range(10):
            await server.double(1.0, "x" * (1 << 19))
            await lone(server, 1.0, "x" * (1 << 19))

    asyncio.run(scenario())
    assert log.dropped_rows >= 17


def test_a_destination_that_fails_harms_nobody(serving, arithmetic_model, caplog):
    log = InferenceLog(SlowSink(ValueError("a defect")))
    log.start()

    async def scenario():
        server = serving(arithmetic_model(), [log])
        assert (await server.double(4.0))["doubled"].tolist() == [8.0]

    asyncio.run(scenario())
    log.stop()
    assert log.failures == 1
    assert log.queued_rows == 0
    assert "a defect" in caplog.text


def test_stopping_takes_no_longer_than_it_may(serving, arithmetic_model):
    sink = SlowSink()
    log = InferenceLog(sink)
    log.start()

    async def scenario():
        server = serving(arithmetic_model(), [log])
        await server.double(1.0)
        await asyncio.sleep(0.6)
        await server.double(2.0)

    asyncio.run(scenario())
    started = time.monotonic()
    log.stop(0.2)
    assert time.monotonic() - started < 2
    assert log.dropped_rows == 2
    sink.go_on.set()
