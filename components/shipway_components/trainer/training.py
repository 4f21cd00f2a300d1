"""One training: call the user's `run_fn`, then let nothing pass that is not a finite, servable model."""

from __future__ import annotations

import json
import logging
import time
import traceback
import warnings
from pathlib import Path

from shipway.artifacts import Model, ModelRun
from shipway.data.autograph import libraries_unconverted
from shipway.errors import ShipwayError
from shipway.step import StepContext, load_module, require_function
from shipway_components.trainer.arguments import TrainingRun, make_fn_args
from shipway_components.trainer.checks import check_finite, check_servable
from shipway_components.trainer.errors import RunFailed
from shipway_components.trainer.keras_saving import session_loadable_saves

__all__ = ["TrainingRun", "train"]

MODEL_CARD = "model_card"
"""Of `custom_config`: what the author says of the model, which goes with it to its evaluation and its card."""

log = logging.getLogger(__name__)


def train(run: TrainingRun, model: Model, model_run: ModelRun, context: StepContext) -> None:
    """Train, and write `model` and `model_run`.

    Raises:
        ModuleFileError: the module cannot be loaded, lacks `run_fn`, `run_fn` raised (`RunFailed`), or what it exported
            is not there (`NothingExported`) or cannot be served (`NotServable`).
        TrainingDiverged: the loss or the weights are not finite.
        InputError: the step's inputs; see `make_fn_args`.
    """
    fn_args = make_fn_args(run, model, model_run, context)
    run_fn = require_function(load_module(run.module_file), run.run_fn, run.module_file)

    import keras

    keras.utils.set_random_seed(run.seed)
    started = time.monotonic()
    try:
        with libraries_unconverted(), session_loadable_saves(), warnings.catch_warnings():
            # Keras says this of every dataset, whose shuffling is the dataset's own affair.
            warnings.filterwarnings("ignore", message="`shuffle=True` was passed")
            run_fn(fn_args)
    except ShipwayError:
        raise
    except Exception as error:
        traceback.print_exc()
        raise RunFailed(run.module_file, run.run_fn, error) from error
    trained = time.monotonic()
    serving = Path(fn_args.serving_model_dir)
    check_finite(serving, run.module_file, run.run_fn)
    check_servable(serving, run.module_file, run.run_fn)
    if card := run.custom_config.get(MODEL_CARD):
        model.metadata[MODEL_CARD] = json.dumps(card)
    log.info("run_fn %.2f s, checks %.2f s", trained - started, time.monotonic() - trained)
