"""What a generated run looks like: nine steps, what they take and what they make, as Shipway records it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Output:
    """An artifact that a task makes; `bytes` about so large."""

    key: str
    type_name: str
    bytes: int


@dataclass(frozen=True)
class Task:
    """A task; `inputs` maps a key to (task, key) of the same run, or to what is kept from earlier runs."""

    name: str
    seconds: float
    outputs: tuple[Output, ...]
    inputs: dict[str, tuple[str, str]] = field(default_factory=dict)
    parameters: dict[str, str | int | float] = field(default_factory=dict)

    @property
    def step(self) -> str:
        return f"shipway_components.{self.name.replace('-', '_')}"


EARLIER = "earlier"
"""In place of a task: the last artifact of that kind in the pipeline, of an earlier run."""

OUTSIDE = "outside"
"""In place of a task: a folder that no task made."""

_EXAMPLES, _SCHEMA = ("example-gen", "examples"), ("schema-gen", "schema")
_STATISTICS, _GRAPH = ("statistics-gen", "statistics"), ("transform", "transform_graph")
_MODEL = ("trainer", "model")
_MODULE = {"module_file": "/srv/pipelines/model.py", "module_file_digest": "3" * 64, "custom_config": "{}"}

TASKS = (
    Task(
        "example-gen", 42.0, (Output("examples", "Examples", 180 << 20),), {"source": (OUTSIDE, "Files")},
        {"input_base": "", "input_format": "auto", "output_config": "{}", "payload_format": "parquet", "spans": ""},
    ),
    Task(
        "statistics-gen", 9.0, (Output("statistics", "ExampleStatistics", 300_000),), {"examples": _EXAMPLES},
        {"exclude_splits": "[]", "sample_rate": 1.0, "slices": "[]"},
    ),
    Task(
        "schema-gen", 0.5, (Output("schema", "Schema", 9_000),), {"statistics": _STATISTICS}, {"exclude_splits": "[]"},
    ),
    Task(
        "example-validator", 0.6, (Output("anomalies", "ExampleAnomalies", 2_000),),
        {"statistics": _STATISTICS, "schema": _SCHEMA, "previous_statistics": (EARLIER, "statistics")},
        {"environment": "", "fail_on_anomalies": 1, "imbalance": "{}", "validate_slices": 0},
    ),
    Task(
        "transform", 61.0,
        (
            Output("transform_graph", "TransformGraph", 2 << 20),
            Output("transformed_examples", "Examples", 140 << 20),
            Output("pre_transform_schema", "Schema", 9_000),
            Output("post_transform_schema", "Schema", 9_000),
            Output("pre_transform_stats", "ExampleStatistics", 300_000),
            Output("post_transform_stats", "ExampleStatistics", 300_000),
        ),
        {"examples": _EXAMPLES, "schema": _SCHEMA}, {**_MODULE, "preprocessing_fn": "preprocessing_fn"},
    ),
    Task(
        "trainer", 611.0,
        (
            Output("model", "Model", 24 << 20),
            Output("model_run", "ModelRun", 3 << 20),
            Output("metrics", "Metrics", 4_000),
        ),
        {
            "examples": ("transform", "transformed_examples"), "schema": _SCHEMA, "transform_graph": _GRAPH,
            "base_model": (EARLIER, "model"),
        },
        {**_MODULE, "run_fn": "run_fn", "train_args": '{"num_steps": 20000, "splits": ["train"]}', "seed": 7},
    ),
    Task(
        "evaluator", 33.0,
        (Output("evaluation", "ModelEvaluation", 700_000), Output("blessing", "ModelBlessing", 200)),
        {"examples": _EXAMPLES, "model": _MODEL, "baseline_model": (EARLIER, "model")},
        {"eval_config": '{"metrics_specs": [{"metrics": [{"class_name": "AUC"}]}]}', "example_splits": '["eval"]'},
    ),
    Task(
        "infra-validator", 5.0, (Output("blessing", "InfraBlessing", 200),), {"model": _MODEL, "examples": _EXAMPLES},
        {"serving_spec": "{}", "validation_spec": "{}"},
    ),
    Task(
        "pusher", 1.2, (Output("pushed_model", "PushedModel", 400),),
        {
            "model": _MODEL, "model_blessing": ("evaluator", "blessing"),
            "infra_blessing": ("infra-validator", "blessing"),
        },
        {"destination": "/srv/models", "push_destination": "{}", "versioning": "timestamp"},
    ),
)  # fmt: skip
