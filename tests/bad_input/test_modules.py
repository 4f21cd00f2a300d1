"""Module files and splits that do not fit, and a training that diverges: one run meets them all, the next is right."""

import pytest

pytestmark = pytest.mark.tensorflow

PIPELINE = """
from kfp import dsl
from shipway_components.steps import evaluator, example_gen, pusher, schema_gen, statistics_gen, trainer, transform

EVAL_CONFIG = {
    "model_specs": [{"label_key": "y"}],
    "slicing_specs": [{}],
    "metrics_specs": [{"metrics": [{"class_name": "ExampleCount"}]}],
}


@dsl.pipeline(name="modules")
def modules(data: str, features: str, training: str, rate: float, split: str, destination: str):
    examples = example_gen(input_base=data).outputs["examples"]
    statistics = statistics_gen(examples=examples).outputs["statistics"]
    schema = schema_gen(statistics=statistics).outputs["schema"]
    transform(examples=examples, schema=schema, module_file=features)
    diverging = trainer(
        examples=examples, schema=schema, module_file="module.py", train_args={"num_steps": 5},
        custom_config={"rate": rate},
    )
    pusher(model=diverging.outputs["model"], destination=destination)
    trainer(examples=examples, schema=schema, module_file=training)
    trainer(examples=examples, schema=schema, module_file="module.py", train_args={"splits": [split]})
    judged = dsl.importer(artifact_uri="model", artifact_class=dsl.Model)
    evaluator(examples=examples, model=judged.output, eval_config=EVAL_CONFIG, example_splits=[split])
"""
MODULE = """
import keras
from shipway.data.schema import read_schema
from shipway_components.trainer import TensorFlowDatasetOptions, export_model, training_callbacks
from pathlib import Path


def preprocessing_fn(inputs):
    return {"x_xf": inputs["x"]}


def run_fn(fn_args):
    inputs = {"x": keras.Input((1,), name="x")}
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs["x"]))
    model.compile(optimizer=keras.optimizers.SGD(float(fn_args.custom_config["rate"])), loss="mse")
    options = TensorFlowDatasetOptions(batch_size=4, label_key="y")
    schema = read_schema(Path(fn_args.schema_path))
    data = fn_args.data_accessor.tf_dataset_factory(fn_args.train_files, options, schema)
    model.fit(data, steps_per_epoch=fn_args.train_steps, callbacks=training_callbacks(fn_args, 4), verbose=0)
    export_model(model, fn_args.serving_model_dir, schema=schema, label_key="y")
"""
TASKS = {"diverging": "trainer", "training": "trainer-2", "split": "trainer-3"}


def parameters(**changed):
    given = {"data": "numbers", "features": "module.py", "training": "module.py", "rate": 0.001, "split": "train"}
    given |= {"destination": "serving", **changed}
    return [word for name, value in given.items() for word in ("--param", f"{name}={value}")]


@pytest.fixture(scope="module")
def failed(shell):
    """The run in which everything fails that can."""
    (shell.folder / "modules.py").write_text(PIPELINE)
    (shell.folder / "module.py").write_text(MODULE)
    (shell.folder / "other.py").write_text("RATE = 1\n\ndef train(fn_args): ...\n")
    (shell.folder / "model").mkdir()
    (shell.folder / "serving" / "7").mkdir(parents=True)
    (shell.folder / "serving" / "7" / "weights").write_text("of the model in service")
    shell.write("numbers", data=b"x,y\n" + b"".join(b"%d,%d\n" % (n, 3 * n) for n in range(40)))
    bad = parameters(features="other.py", training="other.py", rate=1e30, split="tset")
    done = shell("run", "modules.py", *bad)
    assert done.code == 1, done
    return done


def test_a_module_file_without_preprocessing_fn(shell, failed):
    assert shell.failure(failed, "transform") == (
        "Module file 'other.py' has no function 'preprocessing_fn' (it defines train): add 'def preprocessing_fn(...)'."
    )


def test_a_module_file_without_run_fn(shell, failed):
    assert shell.failure(failed, TASKS["training"]) == (
        "Module file 'other.py' has no function 'run_fn' (it defines train): add 'def run_fn(...)'."
    )


def test_a_training_that_yields_nan_is_neither_a_model_nor_pushed(shell, failed):
    sentence = shell.failure(failed, TASKS["diverging"])
    assert sentence.startswith("The training diverged: ")
    assert sentence.endswith("; lower the learning rate, or look for NaN in the features and the label.")
    assert shell.finished(failed.run_id, "pusher") == []
    assert [path.name for path in (shell.folder / "serving").rglob("*")] == ["7", "weights"]
    assert "not run: pusher\n" in failed.out


@pytest.mark.parametrize("task", [TASKS["split"], "evaluator"])
def test_a_split_that_the_examples_lack(shell, failed, task):
    sentence = shell.failure(failed, task)
    assert sentence.startswith("There is no split 'tset' in ")
    assert sentence.endswith("the splits are 'train', 'eval'.")


def test_the_next_correct_run_is_trained_and_pushed(shell, failed):
    shell.succeeds("modules.py", *parameters(), "--until", "pusher")
    assert len(list((shell.folder / "serving").glob("[0-9]*"))) == 2
