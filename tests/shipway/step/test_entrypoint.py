"""The container's command line, with the executor input that a real Kubeflow Pipelines 2.15 gave a container.

The pipeline of that recording had a step that took Examples and made a Model and a loss; the same step is declared
here, and run as its pod ran it: by the command line alone, buckets mounted below one root.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from shipway.lineage import Lineage

RUN = "37585a6e-dc73-41da-b271-4c5b7b358ce4"
BASE = f"mlpipeline/v2/artifacts/three-steps/{RUN}"
EXAMPLES = f"minio://{BASE}/gen/c86ae106-91ef-4b97-b981-a191dfb050bf/examples"
ATTEMPT = f"{BASE}/train/38a94e28-c619-4772-815f-51a7b0b7439d"
STORE = {"Provider": "minio", "Params": {"endpoint": "minio-service.kubeflow:9000", "region": "minio"}}

STEP = '''
from typing import NamedTuple
from shipway.artifacts import Examples, Model
from shipway.errors import StepError
from shipway.step import Input, Output, StepVerdict, step

class Result(NamedTuple):
    loss: float

@step(image="data")
def gen(examples: Output[Examples], msg: str, job_id: str = "", task_name: str = "") -> None:
    """Generate."""
    (examples.path / "rows").write_text(f"{msg} {task_name} {job_id}")

@step(image="train")
def train(examples: Input[Examples], model: Output[Model], count: int = 1, fail: str = "") -> Result:
    """Train."""
    if fail == "known":
        raise StepError("The loss is not finite: lower the learning rate.")
    if fail == "crash":
        raise ValueError("a defect")
    if fail == "verdict":
        (model.path / "model.txt").write_text("no good")
        raise StepVerdict("The model is no good: train it longer.", evidence=[model])
    assert isinstance(count, int) and isinstance(examples.span, int)
    (model.path / "model.txt").write_text(f"{examples.span} {examples.split_names} {count}")
    return Result(0.25)
'''


def executor_input(mount_root, **parameters):
    """As recorded: types and names gone, ints for bools, lists and objects wrapped, placeholders left literal."""
    metadata = {
        "display_name": "examples",
        "flag": 1,
        "frac": 0.5,
        "nested": {"struct": {"a": 1}},
        "span": 3,
        "split_names": {"list": ["train", "eval"]},
        "state": "PUBLISHED",
        "store_session_info": json.dumps(STORE),
    }
    example = {"name": "1", "type": {"instanceSchema": ""}, "uri": EXAMPLES, "metadata": metadata}
    values = {"count": 5, "res": "three-steps-7fr2w", "root": "{{$.pipeline_root}}", **parameters}
    outputs = {
        name: {"artifacts": [{"name": name, "type": {"schemaTitle": title}, "uri": f"minio://{ATTEMPT}/{name}"}]}
        for name, title in (("executor-logs", "system.Artifact"), ("model", "system.Model"))
    }
    return {
        "inputs": {"artifacts": {"examples": {"artifacts": [example]}}, "parameterValues": values},
        "outputs": {
            "parameters": {"loss": {"outputFile": str(mount_root / "tmp" / "loss")}},
            "artifacts": outputs,
            "outputFile": f"{mount_root}/minio/{ATTEMPT}/output_metadata.json",
        },
    }


@pytest.fixture
def pod(tmp_path):
    """A container: the user's step on the import path, a mounted bucket, a metadata store."""
    (tmp_path / "own_steps.py").write_text(STEP)
    examples = tmp_path / "mnt" / "minio" / EXAMPLES.removeprefix("minio://")
    examples.mkdir(parents=True)
    (examples / "rows").write_text("rows")

    def run(reference, text):
        environment = {
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "SHIPWAY_MOUNT_ROOT": str(tmp_path / "mnt"),
            "SHIPWAY_METADATA": str(tmp_path / "metadata.db"),
        }
        command = [sys.executable, "-m", "shipway.step", reference, "--executor-input", text]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", timeout=60)

    run.root = tmp_path
    return run


def test_a_recorded_executor_input_runs_by_the_command_line_alone(pod):
    done = pod("own_steps.train", json.dumps(executor_input(pod.root / "mnt")))
    assert (done.returncode, done.stderr) == (0, "")
    written = pod.root / "mnt" / "minio" / ATTEMPT
    assert (written / "model" / "model.txt").read_text() == "3 ['train', 'eval'] 5"
    assert not (written / "executor-logs").exists()
    output = json.loads((written / "output_metadata.json").read_text())
    assert output["parameterValues"] == {"loss": 0.25}
    assert output["artifacts"]["model"]["artifacts"][0]["uri"] == f"minio://{ATTEMPT}/model"
    assert (pod.root / "mnt" / "tmp" / "loss").read_text() == "0.25"


def test_the_step_records_its_own_lineage_in_a_pod(pod):
    pod("own_steps.train", json.dumps(executor_input(pod.root / "mnt")))
    lineage = Lineage.open(pod.root / "metadata.db")
    [execution] = lineage.queries().run(RUN)
    assert (execution.pipeline, execution.task, execution.state) == ("three-steps", "train", "COMPLETE")
    assert [artifact.uri for artifact in execution.inputs["examples"]] == [EXAMPLES]
    assert [artifact.type_name for artifact in execution.outputs["model"]] == ["Model"]
    lineage.close()


def test_a_known_failure_is_one_sentence_and_is_recorded(pod):
    done = pod("own_steps.train", json.dumps(executor_input(pod.root / "mnt", fail="known")))
    assert (done.returncode, done.stderr) == (1, "Error: The loss is not finite: lower the learning rate.\n")
    lineage = Lineage.open(pod.root / "metadata.db")
    [execution] = lineage.queries().run(RUN)
    assert (execution.state, execution.error) == ("FAILED", "The loss is not finite: lower the learning rate.")
    lineage.close()


def test_a_verdict_ends_as_a_known_failure_does_and_leaves_its_evidence(pod, bucket_store):
    bucket_store.buckets["mlpipeline"] = {}
    done = pod("own_steps.train", json.dumps(executor_input(pod.root / "mnt", fail="verdict")))
    assert (done.returncode, done.stderr) == (1, "Error: The model is no good: train it longer.\n")
    written = pod.root / "mnt" / "minio" / ATTEMPT
    assert [path.name for path in written.iterdir()] == ["model"]
    assert bucket_store.buckets["mlpipeline"] == {f"{ATTEMPT.partition('/')[2]}/model/model.txt": b"no good"}
    assert not (pod.root / "mnt" / "tmp" / "loss").exists()
    lineage = Lineage.open(pod.root / "metadata.db")
    [execution] = lineage.queries().run(RUN)
    assert (execution.state, execution.error) == ("FAILED", "The model is no good: train it longer.")
    assert [(one.uri, one.state) for one in execution.outputs["model"]] == [(f"minio://{ATTEMPT}/model", "ABANDONED")]
    lineage.close()


def test_evidence_that_cannot_be_kept_hides_no_verdict_and_is_not_recorded(pod):
    done = pod("own_steps.train", json.dumps(executor_input(pod.root / "mnt", fail="verdict")))
    *told, last = done.stderr.splitlines()
    assert (done.returncode, last) == (1, "Error: The model is no good: train it longer.")
    assert "The evidence 'model' is not kept." in told[0]
    assert "SHIPWAY_OBJECT_STORE_ENDPOINT is not set" in told[0]
    with Lineage.open(pod.root / "metadata.db") as lineage:
        [execution] = lineage.queries().run(RUN)
    assert not execution.outputs


def test_a_defect_keeps_its_trace_and_ends_with_a_sentence(pod):
    done = pod("own_steps.train", json.dumps(executor_input(pod.root / "mnt", fail="crash")))
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1] == "Error: Step 'own_steps.train' failed with ValueError: a defect."


@pytest.mark.parametrize(
    ("reference", "text", "code", "words"),
    [
        ("own_steps.train", "{", 1, "The executor input is not usable: Expecting property name"),
        ("own_steps.train", "[]", 1, "it is not a JSON object"),
        ("own_steps.missing", "{}", 1, "Step 'own_steps.missing' cannot be loaded"),
        ("no_such_package.step", "{}", 1, "Step 'no_such_package.step' cannot be loaded"),
    ],
)
def test_a_bad_call_gets_one_sentence(pod, reference, text, code, words):
    done = pod(reference, text)
    assert done.returncode == code
    assert done.stderr.startswith("Error: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_parameter_of_a_wrong_type_is_wrong_usage(pod):
    done = pod("own_steps.train", json.dumps(executor_input(pod.root / "mnt", count="many")))
    assert done.returncode == 2
    assert "Parameter 'count' of step 'train' is 'many', which is not a whole number." in done.stderr


def recording(name):
    path = Path(__file__).parents[4] / "shared" / "data" / name
    if not path.is_file():
        pytest.skip(f"the recording is not at {path}")
    return path.read_text()


def test_the_recorded_pod_runs_its_step(pod):
    """The first step of that pipeline, out of the arguments that its pod gave the launcher."""
    manifest = yaml.safe_load(recording("kfp-pod.yaml"))
    [main] = [container for container in manifest["spec"]["containers"] if container["name"] == "main"]
    launched = main["command"]
    call = json.loads(launched[launched.index("--executor_input") + 1])
    call["outputs"]["outputFile"] = str(pod.root / "mnt") + call["outputs"]["outputFile"]
    call["outputs"]["parameters"]["count"]["outputFile"] = str(pod.root / "mnt" / "count")
    done = pod("own_steps.gen", json.dumps(call))
    assert (done.returncode, done.stderr) == (0, "")
    [uri] = [one["uri"] for one in call["outputs"]["artifacts"]["examples"]["artifacts"]]
    written = pod.root / "mnt" / "minio" / uri.removeprefix("minio://")
    assert (written / "rows").read_text() == "hi gen cacf76e7-4f2a-44f1-aca6-e8d2fea5946e"
    lineage = Lineage.open(pod.root / "metadata.db")
    [execution] = lineage.queries().run(launched[launched.index("--run_id") + 1])
    assert (execution.pipeline, execution.task, execution.state) == ("three-steps", "gen", "COMPLETE")
    lineage.close()


def test_the_recorded_file_itself_is_understood(pod):
    call = json.loads(recording("kfp-executor-input.json"))
    mount = str(pod.root / "mnt")
    call["outputs"]["outputFile"] = mount + call["outputs"]["outputFile"]
    call["outputs"]["parameters"]["loss"]["outputFile"] = mount + "/tmp/loss"
    done = pod("own_steps.train", json.dumps(call))
    assert (done.returncode, done.stderr) == (0, "")
    assert (pod.root / "mnt" / "minio" / ATTEMPT / "model" / "model.txt").read_text() == "3 ['train', 'eval'] 5"
