"""What happens in the process of its own: load the model, ask it rows, tell what was seen.

It talks through a pipe, one JSON object a line: `{"stage": "ready"}` when TensorFlow runs, `{"stage": "loaded", ...}`,
and at last `{"stage": "done", "reasons": [...], "signatures": {...}}`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from shipway.data.model import ServingModel, Signature

WARM_UPS = 2


@dataclass(frozen=True)
class ProbeRequest:
    """What the probe needs to know, as plain values so that it travels as JSON."""

    model_path: str
    examples_path: str = ""
    payload_format: str = ""
    split_names: tuple[str, ...] = ()
    split_name: str = ""
    num_examples: int = 16
    signature_names: tuple[str, ...] = ()
    max_latency_ms: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def run_probe(request: ProbeRequest, pipe: int) -> None:
    """Probe the model and write what was seen into the file descriptor `pipe`."""

    def tell(stage: str, **facts: Any) -> None:
        os.write(pipe, (json.dumps({"stage": stage, **facts}) + "\n").encode())

    _run_tensorflow()
    tell("ready")
    from shipway.data.model import ServingModel
    from shipway.errors import ShipwayError

    started = time.perf_counter()
    try:
        model = ServingModel.load(Path(request.model_path), session_only=True)
    except ShipwayError as error:
        tell("done", reasons=[str(error)], signatures={})
        return
    tell("loaded", seconds=time.perf_counter() - started)
    try:
        tell("done", **_ask(model, request))
    except ShipwayError as error:
        tell("done", reasons=[str(error)], signatures={})


def _run_tensorflow() -> None:
    """A first operation: it hangs in a process that was forked from one which has run TensorFlow."""
    import tensorflow as tf

    graph = tf.Graph()
    with tf.compat.v1.Session(graph=graph) as session, graph.as_default():
        session.run(tf.constant(1) + tf.constant(1))


def _ask(model: ServingModel, request: ProbeRequest) -> dict[str, Any]:
    if not model.signatures:
        return {"reasons": ["The model has no signature to ask."], "signatures": {}}
    signatures = _signatures(model, request.signature_names)
    if not request.examples_path:
        return {"reasons": [], "signatures": {}}
    rows = _rows(request)
    reasons: list[str] = []
    seen: dict[str, Any] = {}
    for signature in signatures:
        problems, latencies = _ask_signature(model, signature, rows)
        reasons += [f"Signature {signature.name!r} {problem}." for problem in problems]
        if latencies:
            median = float(np.median(latencies))
            seen[signature.name] = {"rows": rows.num_rows, "median_ms": median, "slowest_ms": max(latencies)}
            if 0 < request.max_latency_ms < median:
                reasons.append(
                    f"Signature {signature.name!r} takes {median:.1f} ms for one row (the median of {len(latencies)}), "
                    f"over the limit of {request.max_latency_ms:g} ms."
                )
    return {"reasons": reasons, "signatures": seen}


def _signatures(model: ServingModel, names: tuple[str, ...]) -> list[Signature]:
    from shipway.data.model import PREDICT_FEATURES, SERVING_DEFAULT

    if names:
        return [model.signature(name) for name in names]
    usual = [model.signatures[name] for name in (SERVING_DEFAULT, PREDICT_FEATURES) if name in model.signatures]
    return usual or [model.signature()]


def _rows(request: ProbeRequest) -> pa.RecordBatch:
    from shipway.artifacts import Examples
    from shipway.data.examples import read_split

    metadata: dict[str, str | int | float] = {"payload_format": request.payload_format}
    examples = Examples(request.examples_path, path=Path(request.examples_path), metadata=metadata)
    examples.split_names = list(request.split_names)
    names = request.split_names
    split = request.split_name or ("eval" if "eval" in names or not names else names[0])
    return next(read_split(examples, split, batch_size=request.num_examples))


def _ask_signature(model: ServingModel, signature: Signature, rows: pa.RecordBatch) -> tuple[list[str], list[float]]:
    """What is wrong with the signature's answers, and the milliseconds of each single-row request."""
    from shipway.data.model import feed_of
    from shipway.data.model.serving_model import first_line

    latencies: list[float] = []
    singles = [feed_of(signature, rows.slice(row, 1)) for row in range(rows.num_rows)]
    try:
        for feed in singles[:1] * WARM_UPS:
            model.call(feed, signature.name)
        for row, feed in enumerate(singles):
            started = time.perf_counter()
            outputs = model.call(feed, signature.name)
            latencies.append(1000 * (time.perf_counter() - started))
            if problems := _problems(outputs, 1):
                return [f"{problems[0]} for row {row}"], latencies
        outputs = model.call(feed_of(signature, rows), signature.name)
    except Exception as error:
        return [f"fails on a request of {'all rows' if len(latencies) == len(singles) else 'one row'} "
                f"({first_line(error)})"], latencies  # fmt: skip
    return [f"{problem} for {rows.num_rows} rows" for problem in _problems(outputs, rows.num_rows)], latencies


def _problems(outputs: dict[str, np.ndarray], rows: int) -> list[str]:
    problems = []
    for name, values in outputs.items():
        if np.ndim(values) == 0 or values.shape[0] != rows:
            problems.append(
                f"gives {name!r} the shape {list(np.shape(values))}, whose first dimension must be the batch"
            )
        elif values.dtype.kind == "f" and not np.isfinite(values).all():
            problems.append(f"gives NaN or infinity in {name!r}")
    return problems


if __name__ == "__main__":
    run_probe(ProbeRequest(**json.loads(sys.argv[1])), int(sys.argv[2]))
