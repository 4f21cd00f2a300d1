"""The names of metrics, and the variants that a metrics spec asks each of them for."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from shipway.data.evaluation.errors import MetricOptions
from shipway.data.evaluation.metric_keys import MetricKey, SubKey
from shipway.data.evaluation.metrics import METRIC_KINDS

AGGREGATIONS = ("micro_average", "macro_average", "weighted_macro_average")


def metric_options(metric: Any) -> dict[str, Any]:
    """The options of a MetricConfig; raises `MetricOptions` for what is no JSON object."""
    text = metric.config.strip()
    try:
        options = json.loads(text if text.startswith("{") else "{" + text + "}")
    except json.JSONDecodeError as error:
        raise MetricOptions(metric.class_name, metric.config, f"is not JSON ({error})") from error
    return {name: value for name, value in options.items() if value is not None}


def metric_name(metric: Any) -> str:
    """The name under which a metric's values stand: the one in its config, or its class's own."""
    options = metric_options(metric)
    if "name" in options:
        return str(options["name"])
    kind = METRIC_KINDS.get(metric.class_name)
    return kind.default_name if kind is not None else snake_case(metric.class_name)


def snake_case(class_name: str) -> str:
    """A class name as Keras makes a metric's default name of it."""
    parts = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", class_name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", parts).lower()


def sub_keys(spec: Any) -> Iterator[tuple[str, SubKey | None]]:
    """The (aggregation, sub key) pairs of a metrics spec, as `metric_specs._create_sub_keys` makes them."""
    found = False
    if spec.HasField("binarize"):
        for option, kind in (("class_ids", "class_id"), ("k_list", "k"), ("top_k_list", "top_k")):
            for value in getattr(spec.binarize, option).values:
                found = True
                yield "", SubKey(**{kind: value})
    if spec.HasField("aggregate"):
        aggregation = next((name for name in AGGREGATIONS if getattr(spec.aggregate, name)), "")
        top = spec.aggregate.top_k_list.values
        yield from ((aggregation, SubKey(top_k=value)) for value in top)
        if not top:
            yield aggregation, None
        found = True
    if not found:
        yield "", None


def weighted_options(config: Any, spec: Any) -> list[bool]:
    """Whether a spec's metrics are weighted, unweighted or both; by default weighted where a model has weights."""
    if spec.HasField("example_weights"):
        chosen = ((True, spec.example_weights.weighted), (False, spec.example_weights.unweighted))
        return [weighted for weighted, wanted in chosen if wanted]
    models = [model for model in config.model_specs if model.name in spec.model_names]
    return [
        any(
            model.example_weight_key or any(name in model.example_weight_keys for name in spec.output_names)
            for model in models
        )
    ]


def metric_keys(config: Any, spec: Any, name: str, weighted: list[bool | None]) -> Iterator[MetricKey]:
    """The keys of the metric `name` of a spec, without those of changes against the baseline."""
    variants = itertools.product(sub_keys(spec), spec.model_names or [""], spec.output_names or [""], weighted)
    for (aggregation, sub_key), model_name, output_name, is_weighted in variants:
        yield MetricKey(name, model_name, output_name, sub_key, aggregation, is_weighted)
