"""What can be wrong with a training, each as one sentence.

The tree::

    ModuleFileError
     ├─ RunFailed                          run_fn raised something
     └─ NothingExported, NotServable       run_fn returned, but left no model that can be served
    StepError
     └─ TrainingDiverged                   NaN or infinity in the loss or the weights
    InputError
     └─ BadTrainArgs, BadHyperParameters   what the step was given
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

from shipway.errors import InputError, ModuleFileError, StepError


class RunFailed(ModuleFileError):
    """The user's code raised."""

    def __init__(self, module_file: str, function: str, error: BaseException) -> None:
        name = Path(module_file).name
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == name]
        place = f" in line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""
        text = str(error).strip().splitlines()
        what = f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
        super().__init__(
            f"{function} of {module_file!r} failed{place} ({what}): the log of this step has the whole trace."
        )


class NothingExported(ModuleFileError):
    """`run_fn` returned without a model."""

    def __init__(self, module_file: str, function: str) -> None:
        super().__init__(
            f"{function} of {module_file!r} left no SavedModel in fn_args.serving_model_dir: "
            "end it with export_model(model, fn_args.serving_model_dir, ...)."
        )


class NotServable(ModuleFileError):
    """The exported model does not load or answer in a session, which is how TensorFlow Serving runs models."""

    def __init__(self, module_file: str, function: str, reason: str) -> None:
        super().__init__(
            f"The model that {function} of {module_file!r} exported cannot be served ({reason}): export it with "
            "shipway_components.trainer.export_model or keras.export.ExportArchive."
        )


class TrainingDiverged(StepError):
    """NaN or infinity where numbers should be."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The training diverged: {what}; lower the learning rate, or look for NaN in the features and the label."
        )

    @classmethod
    def in_weights(cls, names: Sequence[str], total: int) -> TrainingDiverged:
        return cls(f"{len(names)} of {total} weights hold NaN or infinity (the first is {names[0]!r})")

    @classmethod
    def in_loss(cls, loss: float, step: int) -> TrainingDiverged:
        return cls(f"the loss is {loss} after step {step}")


class BadTrainArgs(InputError):
    """`train_args` or `eval_args` with something that they do not have."""

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(f'{parameter} {problem}: give it as {{"splits": ["train"], "num_steps": 1000}}.')


class BadHyperParameters(InputError):
    """A HyperParameters artifact that cannot be read."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(
            f"The hyperparameters in {str(folder)!r} cannot be read ({problem}): there must be one file of JSON."
        )
