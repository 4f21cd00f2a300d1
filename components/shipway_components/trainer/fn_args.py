"""What a module file's `run_fn` is called with: TFX's names, without TFX's imports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shipway.data.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions

__all__ = ["DataAccessor", "FnArgs", "RecordBatchesOptions", "TensorFlowDatasetOptions"]


class DataAccessor(NamedTuple):
    """Reads examples, however they lie on disk.

    `tf_dataset_factory(file_patterns, options, schema)` gives a `tf.data.Dataset`,
    `record_batch_factory(file_patterns, options, schema)` an iterator of Arrow batches. `data_view_decode_fn` is None:
    Shipway has no data views.
    """

    tf_dataset_factory: Callable[..., Any]
    record_batch_factory: Callable[..., Iterator[Any]]
    data_view_decode_fn: Callable[..., Any] | None = None


def _unseen(rows: int) -> None:
    """Where nobody watches."""


@dataclass
class FnArgs:
    """The argument of `run_fn`; every name is TFX's but the last.

    Attributes:
        working_dir: scratch folder, deleted after the step.
        train_files, eval_files: file patterns of the splits to train and evaluate on.
        train_steps, eval_steps: `num_steps` of `train_args` and `eval_args`; None where they say none.
        schema_path: the schema's file, or None. `schema_file` is the same, by its older name.
        transform_graph_path: folder of the transform graph, or None. `transform_output` is the same, by its older name.
        data_accessor: factories that read the examples.
        serving_model_dir: where `run_fn` must leave a SavedModel.
        eval_model_dir: a place for a second model, which no step reads.
        model_run_dir: where TensorBoard logs go.
        base_model: the SavedModel folder of the model to start from, or None.
        hyperparameters: the JSON of the HyperParameters artifact (keras_tuner.HyperParameters.from_config takes it), or
            None.
        custom_config: the step's parameter of that name.
        progress: takes the rows seen so far; `training_callbacks` calls it.
    """

    working_dir: str | None = None
    train_files: list[str] = field(default_factory=list)
    eval_files: list[str] = field(default_factory=list)
    train_steps: int | None = None
    eval_steps: int | None = None
    schema_path: str | None = None
    schema_file: str | None = None
    transform_graph_path: str | None = None
    transform_output: str | None = None
    data_accessor: DataAccessor | None = None
    serving_model_dir: str = ""
    eval_model_dir: str = ""
    model_run_dir: str = ""
    base_model: str | None = None
    hyperparameters: dict[str, Any] | None = None
    custom_config: dict[str, Any] = field(default_factory=dict)
    progress: Callable[[int], None] = _unseen
