"""What was counted as the metric families of Prometheus, made at each scrape.

Times are in seconds and names end in their units. A version that is being unloaded keeps its series for a while, so
that the last scrape before the end is not the last that is seen of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from shipway.endpoint.buckets import cumulated
from shipway.serving.faults import Code
from shipway.serving.observing.metrics.bounds import SECONDS
from shipway.serving.observing.metrics.stages import STAGES, TOTAL
from shipway.serving.observing.reading import Reading

if TYPE_CHECKING:
    from shipway.serving.observing.metrics.metrics import Metrics

CALL_LABELS = ("model", "version", "arm", "signature", "transport")
BATCH_LABELS = ("model", "version", "signature")

INPUT_METRICS: tuple[tuple[str, str, str, type[Metric], bool], ...] = (
    ("values", "Values of the input that were looked at, a sample of all.", "count", CounterMetricFamily, False),
    (
        "missing",
        "Looked-at values that are missing: NaN, the empty string, or the smallest int64.",
        "missing",
        CounterMetricFamily,
        False,
    ),
    ("sum_of_values", "Sum of the looked-at finite numbers.", "sum", GaugeMetricFamily, True),
    ("sum_of_squares", "Sum of the squares of the looked-at finite numbers.", "squares", CounterMetricFamily, True),
)
"""The name's end, what it says, the attribute of `InputValues`, the kind (a sum of negative numbers is no counter), and
whether only numbers have it."""


class ServingCollector(Collector):
    """Reads `Metrics`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def describe(self) -> list[Metric]:
        """Nothing: names are checked when they are collected."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._calls()
        yield from self._batches()
        yield from self._inputs()
        yield from self._models()
        yield from self._loads()
        yield from _families(reading for source in self._metrics.sources for reading in source.readings())

    def _calls(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "shipway_serving_requests", "Requests that were closed, by the code they were closed with.",
            labels=(*CALL_LABELS, "code"),
        )  # fmt: skip
        whole = HistogramMetricFamily(
            "shipway_serving_request_seconds", "From the arrival of a request to its answer, where it was answered.",
            labels=CALL_LABELS,
        )  # fmt: skip
        stages = HistogramMetricFamily(
            "shipway_serving_request_stage_seconds", "The stages of answered requests: decode, queue, run, encode.",
            labels=(*CALL_LABELS, "stage"),
        )  # fmt: skip
        for key, counts in self._metrics.calls.items():
            labels = [str(part) for part in key]
            for number, count in enumerate(counts.codes):
                if count:
                    requests.add_metric([*labels, Code(number).name], count)
            times = counts.times
            times.fold()
            if times.counts[TOTAL].any():
                whole.add_metric(labels, cumulated(SECONDS, times.counts[TOTAL].tolist()), float(times.sums[TOTAL]))
                for stage, name in enumerate(STAGES):
                    buckets = cumulated(SECONDS, times.counts[stage].tolist())
                    stages.add_metric([*labels, name], buckets, float(times.sums[stage]))
        refused = CounterMetricFamily(
            "shipway_serving_refused_requests",
            "Requests that reached no version; model is empty where none of that name is served.",
            labels=("model", "transport", "code"),
        )
        for (model, transport, code), count in self._metrics.refusals.items():
            refused.add_metric([model, transport, code.name], count)
        yield from (requests, refused, whole, stages)

    def _batches(self) -> Iterator[Metric]:
        sizes = HistogramMetricFamily(
            "shipway_serving_batch_rows", "Rows of the batches that were run.", labels=BATCH_LABELS
        )
        separated = CounterMetricFamily(
            "shipway_serving_separated_batches", "Batches whose calls had to be run one by one.", labels=BATCH_LABELS
        )
        for (model, version, signature), counts in self._metrics.batches.items():
            labels = [model, str(version), signature]
            sizes.add_metric(labels, counts.sizes.cumulated(), counts.sizes.total)
            separated.add_metric(labels, counts.separated)
        yield from (sizes, separated)

    def _inputs(self) -> Iterator[Metric]:
        labels = (*BATCH_LABELS, "input")
        rows = CounterMetricFamily(
            "shipway_serving_input_sampled_rows", "Rows whose inputs were looked at.", labels=BATCH_LABELS
        )
        sums = [kind(f"shipway_serving_input_{name}", says, labels=labels) for name, says, _, kind, _ in INPUT_METRICS]
        lowest = GaugeMetricFamily("shipway_serving_input_min", "Smallest number looked at.", labels=labels)
        highest = GaugeMetricFamily("shipway_serving_input_max", "Largest number looked at.", labels=labels)
        for (model, version, signature), counts in self._metrics.batches.items():
            counts.look()
            key = [model, str(version), signature]
            rows.add_metric(key, counts.looked_rows)
            for name, values in counts.inputs.items():
                place = [*key, name]
                for family, (_, _, attribute, _, is_of_numbers) in zip(sums, INPUT_METRICS, strict=True):
                    if values.is_numeric or not is_of_numbers:
                        family.add_metric(place, getattr(values, attribute))
                if values.lowest <= values.highest:
                    lowest.add_metric(place, values.lowest)
                    highest.add_metric(place, values.highest)
        yield from (rows, *sums, lowest, highest)

    def _models(self) -> Iterator[Metric]:
        version = ("model", "version")
        queued = GaugeMetricFamily("shipway_serving_queued_rows", "Rows that wait for a batch.", labels=version)
        open_calls = GaugeMetricFamily(
            "shipway_serving_requests_in_flight", "Requests that were opened and not closed.", labels=version
        )
        states = GaugeMetricFamily(
            "shipway_serving_version_state", "1 for the state that a version is in.", labels=(*version, "state")
        )
        for name, model in self._metrics.catalog.models.items():
            for number, servable in model.servables.items():
                queued.add_metric([name, str(number)], servable.queued_rows)
                open_calls.add_metric([name, str(number)], servable.in_flight)
            for number, status in model.statuses.items():
                states.add_metric([name, str(number), status.state.name], 1)
        yield from (queued, open_calls, states)

    def _loads(self) -> Iterator[Metric]:
        seconds = HistogramMetricFamily(
            "shipway_serving_load_seconds", "How long versions took to load and to be warmed.", labels=("model",)
        )
        failures = CounterMetricFamily(
            "shipway_serving_load_failures", "Tries to load a version that failed.", labels=("model",)
        )
        for model, counts in self._metrics.loads.items():
            seconds.add_metric([model], counts.seconds.cumulated(), counts.seconds.total)
            failures.add_metric([model], counts.failed)
        yield from (seconds, failures)


def _families(readings: Iterable[Reading]) -> list[Metric]:
    """Readings of one name in one family each."""
    families: dict[str, Metric] = {}
    for reading in readings:
        family = families.get(reading.name)
        if family is None:
            kind = CounterMetricFamily if reading.kind == "counter" else GaugeMetricFamily
            family = families[reading.name] = kind(reading.name, reading.documentation, labels=tuple(reading.labels))
        family.add_metric(list(reading.labels.values()), reading.value)
    return list(families.values())
