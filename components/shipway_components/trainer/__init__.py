"""Trainer: the user's `run_fn` trains a model and leaves a SavedModel that can be served.

A module file needs nothing of Shipway but what it imports from here::

    from shipway_components.trainer import FnArgs, TensorFlowDatasetOptions, export_model, training_callbacks

Whatever `run_fn` does, the step publishes a model only when its weights are finite and TensorFlow Serving could load
it.
"""

from pathlib import Path
from typing import Any

from shipway.artifacts import Examples, HyperParameters, Model, ModelRun, Schema, TransformGraph
from shipway.step import Input, ModuleFile, Output, StepContext, step
from shipway_components.trainer.fn_args import DataAccessor, FnArgs, RecordBatchesOptions, TensorFlowDatasetOptions

__all__ = [
    "DataAccessor",
    "FnArgs",
    "RecordBatchesOptions",
    "TensorFlowDatasetOptions",
    "export_model",
    "trainer",
    "training_callbacks",
    "warm_start",
]


@step(image="train", cpu="2", memory="4Gi", preload=("tensorflow", "keras", "tensorflow_transform"))
def trainer(
    examples: Input[Examples],
    model: Output[Model],
    model_run: Output[ModelRun],
    module_file: ModuleFile,
    context: StepContext,
    transform_graph: Input[TransformGraph] | None = None,
    schema: Input[Schema] | None = None,
    base_model: Input[Model] | None = None,
    hyperparameters: Input[HyperParameters] | None = None,
    train_args: dict = {},
    eval_args: dict = {},
    custom_config: dict = {},
    run_fn: str = "run_fn",
    seed: int = 0,
) -> None:
    """Trains a model by the user's run_fn and checks that it can be served.

    Args:
        examples: what to train and evaluate on, transformed or raw.
        model: the SavedModel, in Format-Serving.
        model_run: TensorBoard logs.
        module_file: the user's module with run_fn.
        transform_graph: given to run_fn, to be exported with the model.
        schema: given to run_fn.
        base_model: a model to start from.
        hyperparameters: the result of a search.
        train_args: {"splits": ["train"], "num_steps": 1000}.
        eval_args: {"splits": ["eval"], "num_steps": 100}.
        custom_config: given to run_fn as it is.
        run_fn: name of the function in the module file.
        seed: seeds Python, numpy and TensorFlow before run_fn is called.
    """
    from shipway_components.trainer.training import TrainingRun, train

    run = TrainingRun(
        examples=examples,
        module_file=module_file,
        run_fn=run_fn,
        transform_graph=transform_graph,
        schema=schema,
        base_model=base_model,
        hyperparameters=hyperparameters,
        train_args=train_args,
        eval_args=eval_args,
        custom_config=custom_config,
        seed=seed,
    )
    train(run, model, model_run, context)


def export_model(
    model: Any,
    serving_model_dir: str | Path,
    *,
    transform_graph: Any = None,
    schema: Any = None,
    label_key: str | list[str] | None = None,
) -> None:
    """Write `model` as a SavedModel that takes raw data; see `shipway_components.trainer.export.export_model`."""
    from shipway_components.trainer.export import export_model as export

    export(model, serving_model_dir, transform_graph=transform_graph, schema=schema, label_key=label_key)


def training_callbacks(fn_args: FnArgs, batch_size: int, *, tensorboard: bool = True) -> list[Any]:
    """Keras callbacks for progress, an early stop at NaN, and cheap TensorBoard logs.

    See `shipway_components.trainer.callbacks.training_callbacks`.
    """
    from shipway_components.trainer.callbacks import training_callbacks as make

    return make(fn_args, batch_size, tensorboard=tensorboard)


def warm_start(model: Any, base_model: str | Path) -> list[str]:
    """Copy the weights of an exported model into `model`; see `shipway_components.trainer.base_weights.warm_start`."""
    from shipway_components.trainer.base_weights import warm_start as start

    return start(model, base_model)
