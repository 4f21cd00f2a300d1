"""From the step's inputs and parameters to the FnArgs that `run_fn` is called with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from shipway.artifacts import Examples, HyperParameters, Model, ModelRun, Schema, TransformGraph
from shipway.data.split_files import split_files
from shipway.step import StepContext
from shipway_components.trainer.errors import BadHyperParameters, BadTrainArgs
from shipway_components.trainer.fn_args import DataAccessor, FnArgs


@dataclass(frozen=True)
class TrainingRun:
    """What a training is made of; see the step `trainer` for each."""

    examples: Examples
    module_file: str
    run_fn: str = "run_fn"
    transform_graph: TransformGraph | None = None
    schema: Schema | None = None
    base_model: Model | None = None
    hyperparameters: HyperParameters | None = None
    train_args: dict[str, Any] = field(default_factory=dict)
    eval_args: dict[str, Any] = field(default_factory=dict)
    custom_config: dict[str, Any] = field(default_factory=dict)
    seed: int = 0


def make_fn_args(run: TrainingRun, model: Model, model_run: ModelRun, context: StepContext) -> FnArgs:
    """The FnArgs of a run; raises `BadTrainArgs`, `BadHyperParameters`, and for its splits `UnknownSplit`."""
    from shipway.data.tensors.dataset import make_dataset
    from shipway.data.tensors.record_batches import make_record_batches

    train_splits, train_steps = _splits_and_steps("train_args", run.train_args, ["train"])
    eval_splits, eval_steps = _splits_and_steps("eval_args", run.eval_args, ["eval"])
    schema_path = str(run.schema.schema_file) if run.schema else None
    graph_path = str(run.transform_graph.path) if run.transform_graph else None
    return FnArgs(
        working_dir=str(context.work_dir),
        train_files=_patterns(run.examples, train_splits),
        eval_files=_patterns(run.examples, eval_splits),
        train_steps=train_steps,
        eval_steps=eval_steps,
        schema_path=schema_path,
        schema_file=schema_path,
        transform_graph_path=graph_path,
        transform_output=graph_path,
        data_accessor=DataAccessor(make_dataset, make_record_batches),
        serving_model_dir=str(model.serving_path),
        eval_model_dir=str(model.path / "Format-TFMA"),
        model_run_dir=str(model_run.path),
        base_model=str(run.base_model.serving_path) if run.base_model else None,
        hyperparameters=read_hyperparameters(run.hyperparameters) if run.hyperparameters else None,
        custom_config=dict(run.custom_config),
        progress=context.progress,
    )


def read_hyperparameters(artifact: HyperParameters) -> dict[str, Any]:
    """The JSON object in the artifact's only file, as TFX's Tuner writes it; raises `BadHyperParameters`."""
    files = [path for path in artifact.path.glob("*") if path.is_file()]
    if len(files) != 1:
        raise BadHyperParameters(artifact.path, f"{len(files)} files")
    try:
        values = json.loads(files[0].read_text())
    except ValueError as error:
        raise BadHyperParameters(artifact.path, f"{files[0].name}: {error}") from error
    if not isinstance(values, dict):
        raise BadHyperParameters(artifact.path, f"{files[0].name} holds no object")
    return values


def _splits_and_steps(parameter: str, args: dict[str, Any], default: list[str]) -> tuple[list[str], int | None]:
    unknown = sorted(set(args) - {"splits", "num_steps"})
    if unknown:
        raise BadTrainArgs(parameter, f"has no field {', '.join(map(repr, unknown))}")
    steps = args.get("num_steps") or 0
    if isinstance(steps, str) and steps.isdecimal():
        steps = int(steps)  # a pipeline's parameter inside an object comes as text: Kubeflow fills it into the JSON
    if isinstance(steps, bool) or not isinstance(steps, int | float) or steps != int(steps) or steps < 0:
        raise BadTrainArgs(parameter, f"has the num_steps {steps!r}, which is no number of steps")
    if parameter == "train_args" and steps == 0 and args.get("num_steps") is not None:
        raise BadTrainArgs(parameter, "has the num_steps 0, and a training without an end is none")
    splits = args.get("splits") or default
    if not isinstance(splits, list) or not all(isinstance(name, str) for name in splits):
        raise BadTrainArgs(parameter, f"has the splits {splits!r}, which are no list of names")
    return splits, int(steps) or None


def _patterns(examples: Examples, splits: list[str]) -> list[str]:
    for split in splits:
        split_files(examples, split)
    return [str(examples.split_path(split) / "*") for split in splits]
