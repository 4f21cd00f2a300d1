"""Real SavedModels and scikit-learn models through the whole lifecycle."""

import asyncio

import numpy as np
import pytest

from shipway.data.tfrecord import frame_records
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.config.model_config import ModelConfig
from shipway.serving.lifecycle import Lifecycle, LifecycleSettings, NoEvents
from shipway.serving.lifecycle.warmup.recorded import REQUESTS
from shipway.serving.plane import DataPlane
from shipway.serving.runtimes import RUNTIMES
from shipway.serving.servable import Catalog, Servable
from shipway_components.pusher.destination import FolderDestination

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def scaled(tmp_path_factory):
    """SavedModels that multiply by 1, 2 ... : a function from the factor to the folder."""
    import tensorflow as tf

    def save(factor):
        module = tf.Module()
        module.factor = tf.Variable(float(factor))
        function = tf.function(lambda x: {"y": x * module.factor}, [tf.TensorSpec([None], tf.float32, "x")])
        path = tmp_path_factory.mktemp(f"scaled{factor}")
        tf.saved_model.save(module, str(path), signatures=function.get_concrete_function())
        return path

    return save


@pytest.fixture
def serve():
    """Runs a scenario with a lifecycle of models by their base paths."""

    def run(models, scenario, **settings):
        async def whole():
            catalog = Catalog()
            plane = DataPlane(catalog)

            def servable(name, version, model, folder):
                return Servable(name, version, model, BatchingRules(), asyncio.get_running_loop(), plane.ran)

            async def ask(model, **feed):
                with plane.open(model, None, None, transport="test", header=lambda name: None) as call:
                    rows = len(next(iter(feed.values())))
                    answer = await plane.infer(call, call.servable.signature(), feed, rows)
                    return {name: array.tolist() for name, array in answer.arrays().items()}

            settings_of_test = LifecycleSettings(poll_seconds=0.02, load_retries=0, **settings)
            lifecycle = Lifecycle(catalog, RUNTIMES, settings_of_test, servable, NoEvents())
            await lifecycle.start([ModelConfig(name, base) for name, base in models.items()])
            try:
                await scenario(lifecycle, ask)
            finally:
                await lifecycle.stop()

        asyncio.run(whole())

    return run


def test_pushed_models_are_checked_loaded_and_swapped(scaled, serve, tmp_path):
    destination = FolderDestination(str(tmp_path))
    first = destination.push(scaled(2), "", "increment").version

    async def scenario(lifecycle, ask):
        assert await lifecycle.wait_until_ready(10), lifecycle.problems
        assert await ask("m", x=[1.0, 2.0]) == {"y": [2.0, 4.0]}
        second = destination.push(scaled(3), "", "increment").version
        while (await ask("m", x=[1.0]))["y"] == [2.0]:
            await asyncio.sleep(0.01)
        assert await ask("m", x=[1.0]) == {"y": [3.0]}
        assert {int(entry.version) for entry in lifecycle.index()} == {first, second}

    serve({"m": tmp_path}, scenario, require_digest=True)


def test_a_graph_that_calls_python_is_refused_and_the_old_version_stays(scaled, serve, tmp_path):
    import tensorflow as tf

    scaled(2).rename(tmp_path / "1")

    async def scenario(lifecycle, ask):
        assert await lifecycle.wait_until_ready(10), lifecycle.problems
        calling = tf.function(
            lambda x: {"y": tf.py_function(lambda x: x, [x], tf.float32)}, [tf.TensorSpec([None], tf.float32, "x")]
        )
        tf.saved_model.save(tf.Module(), str(tmp_path / "new"), signatures=calling.get_concrete_function())
        (tmp_path / "new").rename(tmp_path / "2")
        while not (reasons := {entry.version: entry.reason for entry in lifecycle.index()}).get("2"):
            await asyncio.sleep(0.01)
        assert "has the op EagerPyFunc" in reasons["2"]
        assert await ask("m", x=[1.0]) == {"y": [2.0]}

    serve({"m": tmp_path}, scenario)


def test_a_recorded_request_that_fails_keeps_a_version_out(scaled, serve, tmp_path):
    from tensorflow import make_tensor_proto
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    folder = scaled(2).rename(tmp_path / "1")
    log = PredictionLog()
    log.predict_log.request.inputs["z"].CopyFrom(make_tensor_proto(np.float32([1])))
    (folder / REQUESTS).parent.mkdir()
    (folder / REQUESTS).write_bytes(frame_records([log.SerializeToString()]))

    async def scenario(lifecycle, ask):
        assert await lifecycle.wait_until_settled(10)
        (problem,) = lifecycle.problems
        assert "The warm-up request 1 in" in problem
        assert "it has the inputs ['z'], the signature takes ['x']" in problem

    serve({"m": tmp_path}, scenario)


def test_both_frameworks_side_by_side(scaled, serve, tmp_path):
    skops = pytest.importorskip("skops.io")
    from sklearn.linear_model import LinearRegression

    (tmp_path / "linear" / "1").mkdir(parents=True)
    numbers = np.array([[1.0], [2.0], [3.0]])
    skops.dump(LinearRegression().fit(numbers, 5 * numbers[:, 0]), tmp_path / "linear" / "1" / "model.skops")
    (tmp_path / "scaled").mkdir()
    scaled(2).rename(tmp_path / "scaled" / "4")

    async def scenario(lifecycle, ask):
        assert await lifecycle.wait_until_ready(10), lifecycle.problems
        assert await ask("scaled", x=[3.0]) == {"y": [6.0]}
        answer = await ask("linear", inputs=np.array([[3.0]]))
        assert answer["predictions"] == [pytest.approx(15.0)]

    serve({"scaled": tmp_path / "scaled", "linear": tmp_path / "linear"}, scenario)
