"""What a cluster file may say, and one sentence for everything else."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from shipway.errors import UsageError
from shipway.placement import ClusterFileFault, ClusterSettings, find_cluster_settings, read_cluster_settings
from shipway.placement.cluster_file import KEYS
from shipway.placement.settings import Accelerator, MetadataSettings, Retries, Toleration
from shipway.placement.step_settings import READERS

WHOLE = """
    images_file: images.yaml
    images:
      train-gpu: registry.example.com:5000/shipway/train-gpu:0.1.0
      my-image: ghcr.io/me/my-image:3
    image_pull_secrets: [registry-login]
    pipeline_root: s3://artifacts/pipelines
    service_account: pipeline-runner
    label_domains: [example.com]
    node_pools:
      gpu:
        node_selector: {cloud.google.com/gke-accelerator: nvidia-l4}
        tolerations:
          - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
          - {key: spot, value: 'true', effect: NoExecute, seconds: 1m}
        accelerator: {type: nvidia.com/gpu, count: 1}
        images: {train: train-gpu}
      tpu:
        gke_tpu: {type: tpu-v5-lite-podslice, topology: 2x4, chips: 8}
        node_selector: {zone: a}
    metadata: {config_map: other, token_secret: ''}
    defaults:
      cpu_request: 250m
      memory: 512Mi
      image_pull_policy: IfNotPresent
      environment: {TF_NUM_THREADS: 2, EMPTY: ''}
      secrets:
        object-store: {environment: {AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key}, optional: true}
      config_maps:
        proxy: {mount: /etc/proxy}
      labels: {team: ml, example.com/cost: '12', user.shipway.dev/x: y}
      annotations: {sidecar.istio.io/inject: 'false'}
    steps:
      trainer:
        node_pool: gpu
        accelerator: {type: nvidia.com/gpu, count: 2}
        image: my-image
        cpu: 4
        memory: 16Gi
        retries: {count: 3, pause: 30s, factor: 1.5}
        timeout: 1h30m
        volumes:
          shm: {mount: /dev/shm, empty_dir: {medium: Memory, size_limit: 2Gi}}
          scratch: {mount: /scratch, ephemeral: {size: 100Gi, storage_class: fast}}
          tmp: {mount: /tmp, empty_dir: {}}
          data: {mount: /mnt/data, claim: datasets}
    tasks:
      trainer-2: {retries: 0}
"""


@pytest.fixture
def whole(cluster_file, tmp_path) -> ClusterSettings:
    digest = "a" * 64
    (tmp_path / "images.yaml").write_text(
        f"images:\n  train: r.example/train@sha256:{digest}\n  my-image: r.example/x\n"
    )
    return cluster_file(WHOLE)


def test_images_come_from_their_file_and_from_the_cluster_file(whole):
    assert whole.images == {
        "train": "r.example/train@sha256:" + "a" * 64,
        "train-gpu": "registry.example.com:5000/shipway/train-gpu:0.1.0",
        "my-image": "ghcr.io/me/my-image:3",
    }
    assert (whole.pipeline_root, whole.service_account) == ("s3://artifacts/pipelines", "pipeline-runner")
    assert whole.image_pull_secrets == ("registry-login",)


def test_pools_say_where_nodes_are_and_what_they_offer(whole):
    gpu, tpu = whole.node_pools["gpu"], whole.node_pools["tpu"]
    assert gpu.node_selector == {"cloud.google.com/gke-accelerator": "nvidia-l4"}
    assert gpu.tolerations == (
        Toleration("nvidia.com/gpu", "Exists", "", "NoSchedule"),
        Toleration("spot", "Equal", "true", "NoExecute", 60),
    )
    assert (gpu.accelerator, gpu.images) == (Accelerator("nvidia.com/gpu", 1), {"train": "train-gpu"})
    assert tpu.accelerator == Accelerator("google.com/tpu", 8)
    assert tpu.node_selector == {
        "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
        "cloud.google.com/gke-tpu-topology": "2x4",
        "zone": "a",
    }


def test_what_steps_get(whole):
    trainer = whole.steps["trainer"]
    assert (trainer.cpu, trainer.memory, trainer.timeout) == ("4", "16Gi", 5400)
    assert trainer.retries == Retries(3, 30, 1.5, 3600)
    assert whole.tasks["trainer-2"].retries == Retries(0, 5, 2.0, 3600)
    assert (trainer.volumes["shm"].medium, trainer.volumes["scratch"].access_mode) == ("Memory", "ReadWriteOnce")
    assert whole.defaults.environment == {"TF_NUM_THREADS": "2", "EMPTY": ""}
    assert whole.defaults.secrets["object-store"].optional
    assert whole.metadata == MetadataSettings("other", "", "")


def test_the_digest_changes_with_either_file(cluster_file, tmp_path):
    (tmp_path / "images.yaml").write_text("images: {train: a}")
    first = cluster_file("images_file: images.yaml").digest
    assert cluster_file("images_file: images.yaml").digest == first
    (tmp_path / "images.yaml").write_text("images: {train: b}")
    assert cluster_file("images_file: images.yaml").digest != first


def test_a_file_of_comments_holds_the_defaults(cluster_file):
    settings = cluster_file("# nothing yet\n")
    assert settings == ClusterSettings(settings.path, settings.digest)
    assert cluster_file("steps:\nnode_pools:\n").steps == {}


@pytest.mark.parametrize("text", ["metadata: off", "metadata: false"])
def test_metadata_can_be_switched_off(cluster_file, text):
    assert cluster_file(text).metadata.is_off


def test_metadata_at_an_address_needs_no_config_map(cluster_file):
    metadata = cluster_file("metadata: {address: 'grpc://metadata.ml.svc:8090'}").metadata
    assert (metadata.config_map, metadata.address) == ("", "grpc://metadata.ml.svc:8090")


FAULTS = [
    ("nodepools: {}", ["unknown key 'nodepools'", "line 1", "did you mean 'node_pools'?"]),
    ("steps: {trainer: {cpus: 2}}", ["unknown key 'cpus'", "'steps.trainer'", "did you mean 'cpu'?"]),
    ("steps: {trainer: {cpu: four}}", ["steps.trainer.cpu", "'four'", "500m or 4"]),
    ("steps: {trainer: {cpu: 2Gi}}", ["steps.trainer.cpu", "no number of CPUs"]),
    ("steps: {trainer: {cpu: 0}}", ["no number of CPUs"]),
    ("steps: {trainer: {memory: 8}}", ["steps.trainer.memory", "with its unit", "8Gi"]),
    ("steps: {trainer: {memory: 8GB}}", ["with its unit"]),
    ("steps: {trainer: {cpu: 1, cpu_request: 2}}", ["cpu_request is 2", "more than the limit, cpu: 1"]),
    ("steps: {trainer: {retries: -1}}", ["no whole number from 0"]),
    ("steps: {trainer: {retries: many}}", ["where names with values belong"]),
    ("steps: {trainer: {retries: {pause: 1s}}}", ["says no count"]),
    ("steps: {trainer: {timeout: soon}}", ["no time", "90s, 30m or 2h"]),
    ("steps: {trainer: {timeout: 0}}", ["no time"]),
    ("steps: {trainer: {timeout: 99999999999999d}}", ["no time"]),
    ("steps: {trainer: {cpu: 2024-13-45}}", ["'2024-13-45'", "no number of CPUs"]),
    ("steps: {trainer: {cpu: !!int x}}", ["no number of CPUs"]),
    ("steps: {trainer: {node_pool: gpu}}", ["no pool of the file", "has no node_pools"]),
    ("node_pools: {gpu: {node_selector: {a: b}}}\ndefaults: {node_pool: gpus}", ["line 2", "did you mean 'gpu'?"]),
    ("steps: {trainer: {accelerator: {count: 1}}}", ["says no type", "nvidia.com/gpu"]),
    ("steps: {trainer: {accelerator: {type: gpu}}}", ["no name of a resource", "nvidia.com/gpu"]),
    ("defaults: {image: x}", ["unknown key 'image'"]),
    ("steps: {trainer: {image_pull_policy: Sometimes}}", ["IfNotPresent, Always, Never"]),
    ("steps: {trainer: {privileged: true}}", ["'privileged'", "not among the pod fields that a step may set"]),
    ("steps: {trainer: {securityContext: {}}}", ["not among the pod fields that a step may set"]),
    ("steps: {trainer: {run_as_user: 0}}", ["not among the pod fields"]),
    ("steps: {trainer: {volumes: {x: {mount: /x, host_path: /}}}}", ["not among the pod fields that a step may set"]),
    ("steps: {trainer: {ephemeral_storage: 1Gi}}", ["Kubeflow Pipelines has no field for it"]),
    ("steps: {trainer: {environment: {DB_PASSWORD: hunter2}}}", ["a password or a key in clear", "'secrets:'"]),
    ("steps: {trainer: {environment: {URL: 'postgres://me:hunter2@db/x'}}}", ["a password or a key in clear"]),
    ("steps: {trainer: {environment: {X: AKIAABCDEFGHIJKLMNOP}}}", ["a password or a key in clear"]),
    ("steps: {trainer: {environment: {X: true}}}", ["takes for true or false", "'true'"]),
    ("steps: {trainer: {environment: {1X: y}}}", ["no name of a variable"]),
    ("steps: {trainer: {environment: {KFP_POD_NAME: y}}}", ["Kubeflow Pipelines' own"]),
    ("steps: {trainer: {environment: {A: 1}, secrets: {s: {environment: {A: k}}}}}", ["sets the variable too"]),
    ("steps: {trainer: {secrets: {s: {}}}}", ["says of no use"]),
    ("steps: {trainer: {secrets: {s: {environment: {A: 'hunter2 x'}}}}}", ["a password or a key in clear"]),
    ("steps: {trainer: {secrets: {s: {environment: {A: 'a/b'}}}}}", ["no key of a Secret"]),
    ("steps: {trainer: {secrets: {Bad_Name: {environment: {A: k}}}}}", ["takes for no name"]),
    ("steps: {trainer: {secrets: {a.b: {mount: /a}}}}", ["cannot be the name of a volume"]),
    ("steps: {trainer: {config_maps: {gcs-scratch: {mount: /a}}}}", ["Kubeflow Pipelines uses itself"]),
    ("steps: {trainer: {volumes: {v: {mount: data, empty_dir: {}}}}}", ["no folder of a pod"]),
    ("steps: {trainer: {volumes: {v: {mount: /a/../etc, empty_dir: {}}}}}", ["no folder of a pod"]),
    ("steps: {trainer: {volumes: {v: {mount: /, empty_dir: {}}}}}", ["no folder of a pod"]),
    ("steps: {trainer: {volumes: {v: {mount: /minio/x, empty_dir: {}}}}}", ["Kubeflow Pipelines uses itself"]),
    ("steps: {trainer: {volumes: {v: {mount: /opt/shipway/, empty_dir: {}}}}}", ["hide a part of the image"]),
    ("steps: {trainer: {volumes: {v: {mount: /v}}}}", ["of no kinds"]),
    ("steps: {trainer: {volumes: {v: {mount: /v, claim: a, empty_dir: {}}}}}", ["of 2 kinds"]),
    ("steps: {trainer: {volumes: {v: {claim: a}}}}", ["says of no folder"]),
    ("steps: {trainer: {volumes: {v: {mount: /v, empty_dir: {medium: Memory}}}}}", ["memory without a limit"]),
    ("steps: {trainer: {volumes: {v: {mount: /v, ephemeral: {}}}}}", ["of no size"]),
    ("steps: {trainer: {labels: {app: ml-pipeline}}}", ["none that a step may have", "user.shipway.dev/app"]),
    ("steps: {trainer: {labels: {other.com/x: y}}}", ["label_domains"]),
    ("steps: {trainer: {annotations: {sidecar.istio.io/proxyImage: x}}}", ["none that a step may have"]),
    ("steps: {trainer: {labels: {team: 'a b'}}}", ["cannot be the value of a label"]),
    ("label_domains: [pipelines.kubeflow.org]", ["steer the cluster"]),
    ("label_domains: [x]", ["no domain"]),
    ("node_pools: {gpu: {}}", ["selects no nodes"]),
    ("node_pools: {gpu: {node_selector: {a: b}, taints: []}}", ["unknown key 'taints'"]),
    ("node_pools: {gpu: {node_selector: {a: b}, images: {train: My Image}}}", ["no reference of an image"]),
    ("node_pools: {gpu: {node_selector: {a: b}, tolerations: [{operator: Exists}]}}", ["says no taint"]),
    ("node_pools: {gpu: {node_selector: {a: b}, tolerations: [{key: a, effect: No}]}}", ["NoSchedule"]),
    ("node_pools: {gpu: {node_selector: {a: b}, tolerations: [{key: a, seconds: 3}]}}", ["only 'effect: NoExecute'"]),
    ("node_pools: {gpu: {node_selector: {a: b}, tolerations: {key: a}}}", ["where a list belongs"]),
    ("node_pools: {tpu: {gke_tpu: {type: x, topology: 2x2}}}", ["says no chips"]),
    ("node_pools: {tpu: {gke_tpu: {type: x, topology: 2by2, chips: 4}}}", ["no topology"]),
    ("node_pools: {tpu: {gke_tpu: {type: x, topology: 2x2, chips: 8}}}", ["more than a topology of 2x2 has"]),
    ("images: {train: 'http://x'}", ["no reference of an image"]),
    ("images: {train: 'r/x@sha256:abc'}", ["no reference of an image"]),
    ("images_file: missing.yaml", ["missing.yaml", "is not there", "images_file"]),
    ("pipeline_root: /mnt/data", ["no place in an object store", "s3://BUCKET/PATH"]),
    ("pipeline_root: 's3://id:hunter2@b/x'", ["a password or a key in clear"]),
    ("metadata: on", ["is the default"]),
    ("metadata: {address: 'metadata:8090'}", ["grpc://HOST:PORT"]),
    ("service_account: Not A Name", ["takes for no name"]),
    ("steps: {a: {cpu: 1}, a: {cpu: 2}}", ["there twice"]),
    ("steps: [trainer]", ["where names with values belong"]),
    ("- trainer", ["the file is a list, where keys belong"]),
    ("apiVersion: eksctl.io/v1\nkind: ClusterConfig", ["an object of Kubernetes, not settings", "--cluster-file"]),
    ("steps: {trainer: [", ["is no YAML", "line"]),
    ("steps: \x01", ["is no YAML"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FAULTS, ids=[text[:60] for text, _ in FAULTS])
def test_a_fault_is_one_sentence_with_its_place(cluster_file, text, said):
    with pytest.raises(ClusterFileFault) as caught:
        cluster_file(text)
    sentence = str(caught.value)
    assert str(cluster_file.path) in sentence or "missing.yaml" in sentence
    assert [part for part in said if part not in sentence] == []
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert "hunter2" not in sentence
    assert "AKIA" not in sentence


def test_a_file_in_another_encoding(cluster_file):
    cluster_file.path.write_bytes(b"steps: \xff")
    with pytest.raises(ClusterFileFault, match="is no YAML"):
        read_cluster_settings(cluster_file.path)


def test_a_fault_names_its_line(cluster_file):
    with pytest.raises(ClusterFileFault, match=r"cluster\.yaml, line 4: steps\.trainer\.timeout is 'later'"):
        cluster_file("steps:\n  trainer:\n    cpu: 1\n    timeout: later\n")


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("MAX_TOKENS", "512", False),
        ("TOKEN_FILE", "/etc/token", False),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/gcs/key.json", False),
        ("AWS_SECRET_ACCESS_KEY", "abc", True),
        ("AWS_ACCESS_KEY_ID", "abc", False),
        ("HF_TOKEN", "abc", True),
        ("PATH_TO", "-----BEGIN RSA PRIVATE KEY-----", True),
        ("URL", "https://example.com/a@b", False),
        ("DB", "postgres://me:${DB_PASSWORD}@db", False),
    ],
)
def test_what_looks_like_a_secret(name, value, secret):
    from shipway.placement.environment import looks_secret

    assert looks_secret(name, value) is secret


NAMES = [*KEYS, *READERS, "trainer", "gpu", "node_selector", "gke_tpu", "topology", "count", "mount", "claim", "A"]
SCALARS = some.one_of(some.none(), some.booleans(), some.integers(-3, 10**6), some.floats(), some.text(max_size=5))
KNOWN = some.sampled_from(["1Gi", "500m", "2x2", "/mnt/x", "nvidia.com/gpu", "Exists", "train", "2h", "a", "1e400"])
VALUES = some.recursive(
    SCALARS | KNOWN,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(some.dictionaries(some.sampled_from(KEYS), VALUES, max_size=4))
def test_whatever_is_in_a_file_is_read_or_refused(tmp_path_factory, document):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(document))
    with contextlib.suppress(ClusterFileFault):
        read_cluster_settings(path)


class TestFinding:
    def test_the_option_wins_then_the_environment_then_the_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert find_cluster_settings(None, {}) == ClusterSettings()
        for name in ("cluster", "named", "given"):
            Path(f"{name}.yaml").write_text(f"service_account: {name}")
        named = {"SHIPWAY_CLUSTER_FILE": "named.yaml"}
        assert find_cluster_settings(None, {}).service_account == "cluster"
        assert find_cluster_settings(None, named).service_account == "named"
        assert find_cluster_settings(Path("given.yaml"), named).service_account == "given"

    def test_a_file_that_is_not_there_says_who_named_it(self, tmp_path):
        with pytest.raises(UsageError, match=r"^SHIPWAY_CLUSTER_FILE names the file '.*', which is not there"):
            find_cluster_settings(None, {"SHIPWAY_CLUSTER_FILE": str(tmp_path / "none.yaml")})
        with pytest.raises(UsageError, match=r"^--cluster-file names .* cannot be read \(Is a directory\)"):
            find_cluster_settings(tmp_path, {})
        with pytest.raises(ClusterFileFault):
            read_cluster_settings(tmp_path / "none.yaml")
