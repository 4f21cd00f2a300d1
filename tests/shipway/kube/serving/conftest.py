import pytest

from shipway.kube.connection import connect
from shipway.kube.serving import deploying
from shipway.kube.serving.asking import ask_made_up_row
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.deploying import deploy
from shipway.kube.serving.identity import ServedVersion
from shipway.kube.serving.serving_spec import Serving


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(deploying, "SECONDS_BETWEEN_LOOKS", 0.01)


@pytest.fixture
def cluster(kserve):
    return ClusterApi(connect())


@pytest.fixture
def push(cluster):
    """Deploys a version of the model `birds` in the namespace `team-a`."""

    def push_version(version, timeout=0.2, ask=ask_made_up_row, uri="", **more):
        serving = Serving(**{"name": "birds", "namespace": "team-a", **more})
        facts = ServedVersion(
            str(version), uri or f"s3://models/birds/{version}", digest=f"d{version}", run=f"run-{version}"
        )
        return deploy(cluster, serving, facts, ask, timeout)

    return push_version
