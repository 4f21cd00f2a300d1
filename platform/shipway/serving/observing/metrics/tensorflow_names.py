"""The one metric of TensorFlow Serving that means exactly the same here, under its own name.

Its exporter writes a metric's path with colons for slashes, and its counters without `_total`, which the library for
Prometheus cannot. Its latencies have a label for the method that was called, which the core does not know.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shipway.serving.faults import Code

if TYPE_CHECKING:
    from shipway.serving.observing.metrics.metrics import Metrics

REQUEST_COUNT = ":tensorflow:serving:request_count"


def request_counts(metrics: Metrics) -> bytes:
    """`:tensorflow:serving:request_count` by model and status, in Prometheus' text format."""
    requests: Counter[tuple[str, str]] = Counter()
    for key, counts in metrics.calls.items():
        for number, count in enumerate(counts.codes):
            if count:
                requests[key[0], Code(number).name] += count
    for (model, _, code), count in metrics.refusals.items():
        requests[model, code.name] += count
    lines = [f"# TYPE {REQUEST_COUNT} counter"]
    for (model, status), count in sorted(requests.items()):
        lines.append(f'{REQUEST_COUNT}{{model_name="{_escaped(model)}",status="{status}"}} {count}')
    return ("\n".join(lines) + "\n").encode()


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
