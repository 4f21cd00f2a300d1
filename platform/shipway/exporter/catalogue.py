"""Every metric of the exporter, in the order of the page: the name, its kind, its labels, what it says."""

from __future__ import annotations

from typing import NamedTuple

GAUGE, COUNTER, HISTOGRAM = "gauge", "counter", "histogram"


class Described(NamedTuple):
    """One metric. A counter's name ends in `_total`."""

    name: str
    kind: str
    labels: tuple[str, ...]
    says: str


RUN_ENDS = (
    "A run has finished when its runner says so, or in a cluster 'shipway watch'; where nobody says anything, when "
    "nothing of it runs and nothing has begun for the time of --quiet_seconds: it has then SUCCEEDED unless the last "
    "attempt at any of its tasks FAILED or was CANCELED. A run that is resumed finishes again."
)

METRICS = (
    Described("shipway_runs_total", COUNTER, ("pipeline", "state"), f"Finished runs. {RUN_ENDS}"),
    Described(
        "shipway_runs_active",
        GAUGE,
        ("pipeline",),
        "Runs of which a step is running, or that go on in a cluster that is watched.",
    ),
    Described(
        "shipway_steps_waiting",
        GAUGE,
        ("pipeline",),
        "Steps of runs in a watched cluster that cannot begin: no image, no node, a Secret that is missing, no room.",
    ),
    Described(
        "shipway_run_last_success_timestamp_seconds", GAUGE, ("pipeline",), "When a run last finished as SUCCEEDED."
    ),
    Described(
        "shipway_run_last_failure_timestamp_seconds", GAUGE, ("pipeline",), "When a run last finished as FAILED."
    ),
    Described(
        "shipway_run_duration_seconds",
        HISTOGRAM,
        ("pipeline",),
        "Finished runs: from the beginning of the first step to the end of the last one, or to the runner's word.",
    ),
    Described(
        "shipway_step_executions_total",
        COUNTER,
        ("pipeline", "step", "state"),
        "Executions that have ended, every attempt of its own: COMPLETE, CACHED, FAILED or CANCELED.",
    ),
    Described(
        "shipway_step_duration_seconds",
        HISTOGRAM,
        ("pipeline", "step"),
        "Executions that ran to their end (COMPLETE), from their record's beginning to its end.",
    ),
    Described("shipway_span_latest", GAUGE, ("pipeline",), "The highest number of a span that was ingested."),
    Described("shipway_span_rows", GAUGE, ("pipeline", "split"), "Rows of that span, by split, as last ingested."),
    Described(
        "shipway_anomalies",
        GAUGE,
        ("pipeline",),
        "Features with anomalies in the newest validation, also where it has stopped its run; an anomaly of the whole "
        "data set counts as one more.",
    ),
    Described(
        "shipway_drift_distance",
        GAUGE,
        ("pipeline", "feature", "kind"),
        "Distance of a feature's values from those of the span before (drift) or of serving (skew) in the newest "
        "validation; of several splits and measures the one nearest to its threshold, or farthest beyond it.",
    ),
    Described("shipway_drift_threshold", GAUGE, ("pipeline", "feature", "kind"), "The threshold of that distance."),
    Described(
        "shipway_model_metric",
        GAUGE,
        ("pipeline", "metric", "slice"),
        "A metric of the newest evaluation, of all rows (slice overall) or of a slice (feature:value).",
    ),
    Described(
        "shipway_model_blessings_total", COUNTER, ("pipeline", "blessed"), "Verdicts on models: blessed true or false."
    ),
    Described("shipway_model_blessed", GAUGE, ("pipeline",), "1 where the newest verdict blesses its model, else 0."),
    Described("shipway_model_last_push_timestamp_seconds", GAUGE, ("pipeline",), "When a model was last pushed."),
    Described(
        "shipway_served_model_created_timestamp_seconds",
        GAUGE,
        ("pipeline",),
        "When the model that was pushed last was trained.",
    ),
    Described(
        "shipway_artifact_bytes",
        GAUGE,
        ("pipeline", "type"),
        "Bytes of the artifacts that are there, as recorded when they were made (the metadata size_bytes).",
    ),
    Described("shipway_exporter_series_left_out", GAUGE, (), "Series that the bounds on labels keep off this page."),
    Described("shipway_exporter_last_refresh_timestamp_seconds", GAUGE, (), "When the store was last read to the end."),
    Described("shipway_exporter_refresh_seconds", GAUGE, (), "How long that took."),
    Described(
        "shipway_exporter_errors_total",
        COUNTER,
        (),
        "Refreshes that failed, and artifact files that are missing or cannot be read; the log names each once.",
    ),
)
