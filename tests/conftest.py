"""What every test shares: where real data lies, and the environment that steps run in."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_USE_LEGACY_KERAS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def taxi_csv() -> Path:
    """The Chicago taxi trips, 15,002 rows: beside the repository, or in the folder that SHIPWAY_TEST_DATA names."""
    folder = Path(os.environ.get("SHIPWAY_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    path = folder / "chicago_taxi.csv"
    if not path.is_file():
        pytest.skip(f"the taxi data is not at {path}; set SHIPWAY_TEST_DATA to its folder")
    return path


@pytest.fixture
def bucket_store(monkeypatch):
    """An object store in this process with the bucket `bucket`, set as `s3://` and `minio://` of this process."""
    stand_in = _beside("object_store_stand_in")
    for variable in (
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "http_proxy",
        "HTTP_PROXY",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", stand_in.ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", stand_in.SECRET_KEY)
    with stand_in.standing_in("bucket") as store:
        monkeypatch.setenv("SHIPWAY_OBJECT_STORE_ENDPOINT", store.endpoint)
        yield store


@pytest.fixture
def pipelines(monkeypatch):
    """Kubeflow Pipelines' API in this process, which `SHIPWAY_KFP` names; no cluster is known beside it."""
    server = _beside("pipelines_stand_in").PipelinesStandIn()
    monkeypatch.setenv("SHIPWAY_KFP", server.endpoint)
    monkeypatch.setenv("KUBECONFIG", "/dev/null")
    for variable in ("SHIPWAY_KFP_TOKEN_FILE", "SHIPWAY_KFP_NAMESPACE", "SHIPWAY_CLUSTER_FILE", "SHIPWAY_METADATA"):
        monkeypatch.delenv(variable, raising=False)
    yield server
    server.close()


@pytest.fixture
def objects(monkeypatch, tmp_path):
    """A cluster's API in this process with the namespace `team-a`, which `KUBECONFIG` names."""
    server = _beside("cluster_stand_in").ClusterStandIn("team-a")
    server.kubeconfig(tmp_path / "kubeconfig")
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "kubeconfig"))
    for variable in ("KUBERNETES_SERVICE_HOST", "SHIPWAY_KUBE_CONTEXT", "SHIPWAY_KFP"):
        monkeypatch.delenv(variable, raising=False)
    yield server
    server.close()


@pytest.fixture
def kserve(objects):
    """KServe in that cluster."""
    return _beside("kserve_stand_in").KServeStandIn(objects)


def _beside(name):
    """A module that lies beside this file, once for all tests."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def pytest_make_parametrize_id(val, argname):
    """Name bytes by their argument: what they hold, a time of day in gzip, differs between processes that collect."""
    return argname if isinstance(val, bytes) else None
