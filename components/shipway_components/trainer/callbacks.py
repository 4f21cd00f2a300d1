"""Keras callbacks for a `run_fn`, chosen so that watching costs next to nothing."""

from __future__ import annotations

import math
import time
from typing import Any

import keras

from shipway_components.trainer.errors import TrainingDiverged
from shipway_components.trainer.fn_args import FnArgs

SECONDS_BETWEEN_REPORTS = 0.5


class TrainingWatch(keras.callbacks.Callback):
    """Reports the rows seen so far, and ends a training whose loss is no longer a number."""

    def __init__(self, progress: Any, batch_size: int) -> None:
        super().__init__()
        self._progress = progress
        self._batch_size = batch_size
        self._steps_before = 0
        self._steps = 0
        self._next_report = 0.0

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        build_optimizer(model)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._steps = self._steps_before + batch + 1
        if time.monotonic() >= self._next_report:
            self._next_report = time.monotonic() + SECONDS_BETWEEN_REPORTS
            self._look(logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._steps_before = self._steps
        self._look(logs)

    def _look(self, logs: dict[str, Any] | None) -> None:
        self._progress(self._steps * self._batch_size)
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(float(loss)):
            raise TrainingDiverged.in_loss(float(loss), self._steps)


def build_optimizer(model: Any) -> None:
    """Make the optimizer's variables now: made in the first step, they cost a second tracing of the training step.

    Left alone under a distribution strategy, where variables must be made in its scope.
    """
    import tensorflow as tf

    optimizer = getattr(model, "optimizer", None)
    distributed = getattr(model, "distribute_strategy", None) is not tf.distribute.get_strategy()
    if optimizer is not None and model.built and not optimizer.built and not distributed:
        optimizer.build(model.trainable_variables)


def training_callbacks(fn_args: FnArgs, batch_size: int, *, tensorboard: bool = True) -> list[keras.callbacks.Callback]:
    """Callbacks for `model.fit`.

    Compile with `steps_per_execution=10` or more: a step of a small model takes 0.6 ms, a return to Python 2 ms.
    Leave `jit_compile` off on CPUs, where compiling costs more than it brings in a short training.

    Args:
        fn_args: the argument of `run_fn`.
        batch_size: rows in a batch, to report rows and not steps.
        tensorboard: write the metrics of each epoch into `fn_args.model_run_dir`; graph, histograms and profiles, which
            cost seconds, are left out.

    Returns:
        A `TrainingWatch`, which raises `TrainingDiverged` as soon as it sees a loss that is NaN or infinite and builds
        the optimizer ahead (half of what the first step costs), and Keras' TensorBoard callback.
    """
    callbacks: list[keras.callbacks.Callback] = [TrainingWatch(fn_args.progress, batch_size)]
    if tensorboard and fn_args.model_run_dir:
        callbacks.append(keras.callbacks.TensorBoard(fn_args.model_run_dir, write_graph=False, update_freq="epoch"))
    return callbacks
