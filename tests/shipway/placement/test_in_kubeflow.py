"""What is placed is what Kubeflow's own code reads: pipelines that ship, in the protos of kfp and kfp-kubernetes."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from shipway.placement import ClusterSettings, place, place_file
from shipway.placement.package import NotCompiled, read_package
from shipway.placement.settings import StepSettings
from shipway.runner import compile_pipeline
from shipway.runner.spec_reader import read_spec

SHIPPED = ("flights", "penguins")
CLUSTER = """
    images:
      control: registry.example.com/shipway/control@sha256:{digest}
      train: registry.example.com/shipway/train@sha256:{digest}
      train-gpu: registry.example.com/shipway/train-gpu@sha256:{digest}
    image_pull_secrets: [login]
    pipeline_root: gs://artifacts/shipway
    node_pools:
      gpu:
        node_selector: {{cloud.google.com/gke-accelerator: nvidia-l4}}
        tolerations: [{{key: nvidia.com/gpu, operator: Exists, effect: NoExecute, seconds: 30}}]
        accelerator: {{type: nvidia.com/gpu, count: 1}}
        images: {{train: train-gpu}}
    defaults:
      cpu_request: 100m
      retries: 1
      timeout: 2h
      image_pull_policy: IfNotPresent
      environment: {{A: b}}
      labels: {{team: ml}}
      annotations: {{sidecar.istio.io/inject: 'false'}}
      secrets:
        store: {{environment: {{AWS_ACCESS_KEY_ID: id}}, mount: /etc/store, optional: true}}
        needed: {{environment: {{NEEDED: key}}}}
      config_maps: {{proxy: {{environment: {{HTTPS_PROXY: url}}, mount: /etc/proxy}}}}
      volumes:
        shm: {{mount: /dev/shm, empty_dir: {{medium: Memory, size_limit: 1Gi}}}}
        data: {{mount: /mnt/data, claim: datasets}}
        scratch: {{mount: /scratch, ephemeral: {{size: 5Gi, storage_class: fast}}}}
    steps:
      trainer: {{node_pool: gpu, cpu: 8, memory: 32Gi}}
    tasks:
      trainer: {{timeout: 6h}}
"""
LATER_THAN_THE_SDK = "optional"
"""The one field that Kubeflow Pipelines 2.15 has of variables and kfp-kubernetes 1.5 does not."""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("compiled")
    files = {name: folder / f"{name}.yaml" for name in SHIPPED}
    for name, file in files.items():
        compile_pipeline(name, file)
    return files


@pytest.fixture
def whole(cluster_file) -> ClusterSettings:
    return cluster_file(CLUSTER.format(digest="a" * 64))


@pytest.mark.parametrize("name", SHIPPED)
def test_kfp_reads_both_documents(compiled, whole, tmp_path, name):
    from google.protobuf.json_format import ParseDict
    from kfp import components
    from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
    from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec, PlatformSpec

    output = tmp_path / "placed.yaml"
    placement = place_file(compiled[name], whole, output)
    pipeline, platform = yaml.safe_load_all(output.read_text())
    spec = ParseDict(pipeline, PipelineSpec())
    assert spec.default_pipeline_root == "gs://artifacts/shipway"
    assert set(ParseDict(platform, PlatformSpec()).platforms) == {"kubernetes", "shipway"}
    assert set(placement.pods) == {one.executor for one in placement.tasks}
    for pod in placement.pods.values():
        read = ParseDict(without_later_fields(pod), KubernetesExecutorConfig())
        assert read.active_deadline_seconds in (7200, 21600)
        assert read.pod_metadata.labels == {"team": "ml"}
        assert [one.mount_path for one in read.empty_dir_mounts] == ["/dev/shm"]
    trainer = KubernetesExecutorConfig()
    ParseDict(without_later_fields(placement.pods["exec-trainer"]), trainer)
    assert trainer.node_selector.labels == {"cloud.google.com/gke-accelerator": "nvidia-l4"}
    assert trainer.tolerations[0].toleration_seconds == 30
    assert trainer.active_deadline_seconds == 21600
    assert components.load_component_from_file(str(output)).pipeline_spec.pipeline_info.name == name


def without_later_fields(pod: dict) -> dict:
    pod = json.loads(json.dumps(pod))
    for entry in (*pod["secretAsEnv"], *pod["configMapAsEnv"]):
        assert entry.pop(LATER_THAN_THE_SDK, True) is True
    return pod


@pytest.mark.parametrize("name", SHIPPED)
def test_a_machine_without_a_cluster_does_without_what_was_added(compiled, cluster_file, name):
    """So a placed file has the cache keys of the file that it was made from, and needs no secret of the cluster."""
    text = CLUSTER.format(digest="a" * 64)
    _, (pipeline, *rest) = read_package(compiled[name])
    only_for_pods = cluster_file(text[text.index("    image_pull_secrets") :].replace("retries: 1", "cpu: 1"))
    placement = place(pipeline, rest[0] if rest else None, only_for_pods)
    before, after = read_spec(pipeline, rest[0] if rest else None), read_spec(placement.pipeline, placement.platform)
    assert {**vars(after)}.keys() == {**vars(before)}.keys()
    for key, component in before.components.items():
        placed = after.components[key].body
        if hasattr(placed, "environment"):
            assert placed.environment == component.body.environment == {}
            assert (placed.command, placed.arguments) == (component.body.command, component.body.arguments)
        else:
            assert placed == component.body


@pytest.mark.parametrize("name", SHIPPED)
def test_the_same_text_every_time_and_after_every_time(compiled, whole, tmp_path, name):
    texts = set()
    for number in range(2):
        output = tmp_path / f"{number}.yaml"
        place_file(compiled[name], whole, output)
        texts.add(output.read_text())
        place_file(output, whole)
        texts.add(output.read_text())
    assert len(texts) == 1
    assert texts.pop().startswith("# PIPELINE DEFINITION\n")


def test_without_settings_only_the_metadata_service_is_added(compiled, tmp_path):
    placement = place_file(compiled["penguins"], ClusterSettings(), tmp_path / "placed.yaml")
    _, (before, *_) = read_package(compiled["penguins"])
    for executor in placement.pipeline["deploymentSpec"]["executors"].values():
        assert executor["container"].pop("env") == [
            {"name": "SHIPWAY_METADATA_TOKEN_FILE", "value": "/etc/shipway/metadata/token"}
        ]
    assert placement.pipeline == before


@pytest.mark.parametrize("text", ["", "a: [", "- x", "a: b", "\x00", "pipelineInfo: {}"])
def test_a_file_that_is_no_compiled_pipeline(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(NotCompiled, match=r"x\.yaml' is not a compiled pipeline \(.*\): give a YAML"):
        place_file(path, ClusterSettings())
    assert path.read_text() == text


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(NotCompiled, match="No such file"):
        place_file(tmp_path / "x.yaml", ClusterSettings())


NAMES = ["a", "a-2", "b", "b-2", "b-3"]
COUNTS = some.integers(1, 3).map(str)


@settings(max_examples=60, deadline=None)
@given(
    shared=some.lists(some.sampled_from(["one", "two"]), min_size=5, max_size=5),
    steps=some.dictionaries(some.sampled_from(["one", "two"]), COUNTS),
    tasks=some.dictionaries(some.sampled_from(NAMES), COUNTS),
)
def test_every_task_gets_its_own_however_they_share(shared, steps, tasks):
    command = {"image": "x", "command": ["python", "-m", "shipway.step"]}
    executors = {f"exec-{step}": {"container": {**command, "args": [f"m.{step}"]}} for step in ("one", "two")}
    pipeline = {
        "pipelineInfo": {"name": "p"},
        "components": {f"comp-{step}": {"executorLabel": f"exec-{step}"} for step in ("one", "two")},
        "deploymentSpec": {"executors": executors},
        "root": {
            "dag": {
                "tasks": {
                    name: {"componentRef": {"name": f"comp-{step}"}} for name, step in zip(NAMES, shared, strict=True)
                }
            }
        },
    }
    wanted = ClusterSettings(
        path=Path("cluster.yaml"),
        steps={name: StepSettings(cpu=count) for name, count in steps.items() if name in shared},
        tasks={name: StepSettings(cpu=count) for name, count in tasks.items()},
    )
    placed = place(pipeline, None, wanted).pipeline
    for name, step in zip(NAMES, shared, strict=True):
        component = placed["root"]["dag"]["tasks"][name]["componentRef"]["name"]
        container = placed["deploymentSpec"]["executors"][placed["components"][component]["executorLabel"]]["container"]
        found = container.get("resources", {}).get("resourceCpuLimit")
        assert found == tasks.get(name, steps.get(step))
        assert container["args"] == [f"m.{step}"]


@settings(max_examples=50, deadline=None)
@given(some.integers(1, 10**6), some.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti"]))
def test_quantities_are_read_as_kubernetes_reads_them(number, unit):
    from kubernetes.utils import parse_quantity

    from shipway.placement.values import amount

    assert amount(f"{number}{unit}") == parse_quantity(f"{number}{unit}")
