"""A connection to the stand-in for Kubeflow Pipelines, and a small pipeline."""

import pytest

from shipway.kube.pipelines.connection import connect
from shipway.kube.pipelines.package import Package
from shipway.settings import ClusterAddress


@pytest.fixture
def address(pipelines):
    return ClusterAddress(kfp_endpoint=pipelines.endpoint)


@pytest.fixture
def api(address):
    return connect(address)


def spec_of(name="hello", image="busybox:1", **tasks):
    return {
        "pipelineInfo": {"name": name},
        "schemaVersion": "2.1.0",
        "root": {"dag": {"tasks": tasks or {"greet": {"cachingOptions": {"enableCache": True}}}}},
        "deploymentSpec": {"executors": {"exec-greet": {"container": {"image": image}}}},
    }


@pytest.fixture
def package():
    return Package(spec_of())
