"""The recipes of docs/serving.md, run as they stand: each must answer in the form that the page shows.

The model is a stand-in for that of `shipway run penguins`, with its signature. Numbers may differ, names and types not.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import threading
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
import yaml

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.config.batching_parameters import read_batching_parameters
from shipway.serving.config.model_config import ModelConfig, read_model_config
from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions
from shipway.serving.config.traffic import parse_traffic

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "serving.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
RECIPES = [
    (command, answer)
    for kind, block in BLOCKS
    if kind == "console"
    for command, answer in re.findall(r"^\$ (curl .*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
]
VERSION = 1795290596
INPUTS = {"bill_length_mm": "float32", "bill_depth_mm": "float32", "flipper_length_mm": "int64", "body_mass_g": "int64"}


class Penguins:
    """Three probabilities for each row."""

    platform = "penguins"
    signatures = {
        "predict_features": Signature(
            "predict_features",
            {name: TensorSpec(name, dtype, (None,)) for name, dtype in INPUTS.items()},
            {"outputs": TensorSpec("outputs", "float32", (None, 3))},
        )
    }

    def call(self, signature, feed):
        return {"outputs": np.full((len(feed["bill_length_mm"]), 3), 1 / 3, np.float32)}

    def close(self): ...


class PenguinRuntime:
    """Any folder is a model of penguins."""

    platform = "penguins"

    def prepare(self): ...

    def recognises(self, folder):
        return folder.name == str(VERSION)

    def load(self, folder):
        return Penguins()


@pytest.fixture(scope="module")
def address(tmp_path_factory, beside_the_test):
    """Where a whole server of the stand-in listens."""
    base = tmp_path_factory.mktemp("models") / "penguins"
    (base / str(VERSION)).mkdir(parents=True)
    started, stopping = Future(), threading.Event()

    async def serve():
        from shipway.serving.server import ModelServer

        options = ServerOptions(port=0, rest_api_port=ANY_FREE_PORT, model_name="penguins", model_base_path=str(base))
        models = [ModelConfig("penguins", base, labels={"stable": VERSION})]
        server = ModelServer(options, models, [PenguinRuntime()])
        await server.start()
        await server.first_load()
        started.set_result(f"127.0.0.1:{server.rest_port}")
        await asyncio.to_thread(stopping.wait)
        await server.stop()

    with beside_the_test(serve, started, stopping):
        yield started.result(60)


def form(value):
    """What must be the same: names and types; of lists only the first item counts."""
    if isinstance(value, dict):
        return {name: form(item) for name, item in value.items()}
    if isinstance(value, list):
        return [form(item) for item in value[:1]]
    return type(value).__name__


def test_there_are_recipes():
    assert len(RECIPES) >= 12


@pytest.mark.tensorflow
@pytest.mark.parametrize(("command", "answer"), RECIPES, ids=[command[-60:] for command, _ in RECIPES])
def test_a_recipe_answers_as_the_page_says(address, command, answer):
    assert "localhost:8501" in command
    done = subprocess.run(
        command.replace("localhost:8501", address), shell=True, capture_output=True, text=True, check=True, timeout=30
    )
    if answer.startswith("HTTP/"):
        first, *headers = answer.splitlines()
        assert done.stdout.splitlines()[0] == first
        assert [header for header in headers if header not in done.stdout.lower().splitlines()] == []
    else:
        assert form(json.loads(done.stdout)) == form(json.loads(answer))


def test_the_configurations_on_the_page_are_read(tmp_path):
    written = [block for kind, block in BLOCKS if kind in ("", "yaml")]
    (models,) = [block for block in written if block.startswith("model_config_list")]
    (batching,) = [block for block in written if block.startswith("max_batch_size")]
    (traffic,) = [block for block in written if block.startswith("models:")]
    (tmp_path / "models.config").write_text(models)
    (tmp_path / "batching.config").write_text(batching)
    (model,) = read_model_config(tmp_path / "models.config")
    assert (model.name, model.labels) == ("penguins", {"stable": VERSION})
    assert read_batching_parameters(tmp_path / "batching.config").max_batch_size == 64
    assert parse_traffic(yaml.safe_load(traffic)).models["penguins"].shadow.sample_rate == 0.5
