import numpy as np
import pytest

from shipway_components.trainer import FnArgs, training_callbacks

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def model():
    import keras

    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile(loss="mse", optimizer=keras.optimizers.Adam(), steps_per_execution=2)
    return made


@pytest.fixture
def traces(model):
    """Grows each time that the training step is traced."""
    seen, step = [], model.train_step

    def train_step(data):
        seen.append(1)
        return step(data)

    model.train_step = train_step
    return seen


def test_the_training_step_is_traced_once(model, traces):
    model.fit(np.ones((8, 2)), np.ones(8), batch_size=2, verbose=0, callbacks=training_callbacks(FnArgs(), 2))
    assert len(traces) == 1


def test_rows_are_counted_on_over_epochs(model):
    seen = []
    callbacks = training_callbacks(FnArgs(progress=seen.append), batch_size=2)
    model.fit(np.ones((8, 2)), np.ones(8), batch_size=2, epochs=3, verbose=0, callbacks=callbacks)
    assert seen == sorted(seen)
    assert {8, 16, 24} <= set(seen)
    assert max(seen) == 24


def test_tensorboard_is_left_out_on_request_and_without_a_folder(tmp_path):
    assert len(training_callbacks(FnArgs(model_run_dir=str(tmp_path)), 1)) == 2
    assert len(training_callbacks(FnArgs(model_run_dir=str(tmp_path)), 1, tensorboard=False)) == 1
    assert len(training_callbacks(FnArgs(), 1)) == 1
