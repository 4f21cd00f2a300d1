"""`shipway compile`: one pipeline, placed for one cluster, and what each step gets there."""

import re
from pathlib import Path

import pytest
import yaml

from shipway.cli.__main__ import main
from shipway.cli.init import TEMPLATE
from shipway.placement import read_cluster_settings

PIPELINE = """
pipelineInfo: {name: small}
schemaVersion: 2.1.0
components:
  comp-speak: {executorLabel: exec-speak}
deploymentSpec:
  executors:
    exec-speak:
      container: {image: 'shipway/control:0.1.0', command: [python, -m, shipway.step], args: [mine.speak]}
root: {dag: {tasks: {speak: {componentRef: {name: comp-speak}, taskInfo: {name: speak}}}}}
---
platforms:
  kubernetes:
    deploymentSpec: {executors: {exec-speak: {nodeSelector: {labels: {shipway.dev/node-pool: big}}}}}
"""
CLUSTER = """
images: {control: 'r.example/control:1'}
node_pools: {big: {node_selector: {size: big}}}
steps: {speak: {cpu: 2, timeout: 1m, environment: {WORD: hello}}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHIPWAY_CLUSTER_FILE", raising=False)
    Path("small.yaml").write_text(PIPELINE)
    return tmp_path


def test_the_file_beside_the_pipeline_is_used(folder, capsys):
    Path("cluster.yaml").write_text(CLUSTER)
    assert main(["compile", "small.yaml", "-o", "placed.yaml"]) == 0
    assert capsys.readouterr().out == "Compiled small.yaml to placed.yaml.\n"
    pipeline, platform = yaml.safe_load_all(Path("placed.yaml").read_text())
    assert pipeline["deploymentSpec"]["executors"]["exec-speak"]["container"]["image"] == "r.example/control:1"
    pod = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-speak"]
    assert pod["nodeSelector"] == {"labels": {"size": "big"}}


def test_what_each_step_gets_and_no_values_of_variables(folder, capsys):
    Path("other.yaml").write_text(CLUSTER)
    assert main(["compile", "small.yaml", "--explain", "--cluster-file", "other.yaml"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "speak (step speak)",
        "  image       r.example/control:1",
        "  resources   cpu limit 2",
        "  nodes       size=big",
        "  timeout     60 s",
        "  variables   SHIPWAY_METADATA_TOKEN_FILE, WORD; SHIPWAY_METADATA, SHIPWAY_METADATA_PATIENCE, "
        "SHIPWAY_OBJECT_STORE_ENDPOINT, SHIPWAY_OBJECT_STORE_REGION, SHIPWAY_SPOOL "
        "from the config map shipway-pipelines",
        "  folders     /etc/shipway/metadata (shipway-metadata-token)",
    ]
    assert not (folder / "pipeline.yaml").exists()


def test_a_slip_is_noted(folder, capsys):
    Path("cluster.yaml").write_text(CLUSTER.replace("images: {", "images: {contrl: 'r.example/x', "))
    assert main(["compile", "small.yaml", "-o", "placed.yaml"]) == 0
    assert "Note: cluster.yaml, line 2: images.contrl is used by no step" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cluster", "options", "code", "said"),
    [
        ("", [], 2, "-o FILE"),
        ("steps: {speek: {cpu: 1}}", ["-o", "x.yaml"], 1, "did you mean 'speak'?"),
        ("nodes: {}", ["-o", "x.yaml"], 2, "unknown key 'nodes'"),
        (
            "# no pools",
            ["-o", "x.yaml"],
            1,
            "wants the node pool 'big', which the cluster file 'cluster.yaml'",
        ),
        ("", ["-o", "x.yaml", "--cluster-file", "none.yaml"], 2, "--cluster-file names the file 'none.yaml'"),
    ],
)
def test_faults_leave_no_file(folder, capsys, cluster, options, code, said):
    if cluster:
        Path("cluster.yaml").write_text(cluster)
    assert main(["compile", "small.yaml", *options]) == code
    (sentence,) = capsys.readouterr().err.splitlines()
    assert said in sentence
    assert not (folder / "x.yaml").exists()


def test_the_file_that_a_new_project_has_says_nothing_and_is_right_when_it_does(tmp_path):
    template = TEMPLATE / "cluster.yaml"
    settings = read_cluster_settings(template)
    assert (settings.steps, settings.node_pools, settings.images) == ({}, {}, {})
    without_marks = re.sub(r"^# (?=[\w ])", "", template.read_text().partition("\n\n")[2], flags=re.MULTILINE)
    (tmp_path / "images.yaml").write_text("images: {train: 'r.example/train:1'}")
    (tmp_path / "cluster.yaml").write_text(without_marks)
    whole = read_cluster_settings(tmp_path / "cluster.yaml")
    assert whole.steps["trainer"].node_pool == "gpu"
    assert whole.node_pools["gpu"].images == {"train": "train-gpu"}
    assert whole.defaults.retries.count == 2
