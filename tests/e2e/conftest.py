"""What the tests on a real cluster share. See docs/e2e.md for what the environment has to say."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from helm_release import HelmRelease, prepared_release

from harness.cluster import Cluster, cluster_from_environment
from harness.images import images_in
from harness.object_store import ObjectStore, object_store_from_environment

RUNS_NAMESPACE = os.environ.get("SHIPWAY_KFP_NAMESPACE", "kubeflow")
METADATA_TOKEN = "shipway-metadata-token"


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The cluster of KUBECONFIG, which must answer."""
    found = cluster_from_environment()
    found.kubectl("get", "--raw", "/readyz", timeout=30)
    return found


@pytest.fixture(scope="session")
def images(cluster: Cluster) -> dict[str, str]:
    """The platform's images by name (`control`, `data`, `train`, `serving`), as the cluster knows them."""
    return images_in(cluster)


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace of the test's own, gone afterwards."""
    with cluster.fresh_namespace() as name:
        yield name


@pytest.fixture(scope="session")
def object_store() -> ObjectStore:
    """An object store that pods reach too."""
    found = object_store_from_environment()
    if found is None:
        pytest.skip("E2E_S3_ENDPOINT, E2E_S3_ACCESS_KEY and E2E_S3_SECRET_KEY name no object store")
    return found


@pytest.fixture
def bucket(object_store: ObjectStore) -> Iterator[str]:
    """A bucket of the test's own, gone afterwards."""
    with object_store.fresh_bucket() as name:
        yield name


@pytest.fixture(scope="session")
def kfp() -> str:
    """The address of Kubeflow Pipelines' API."""
    endpoint = os.environ.get("KFP_ENDPOINT", "")
    if not endpoint:
        pytest.skip("KFP_ENDPOINT names no Kubeflow Pipelines")
    return endpoint


@pytest.fixture
def release(cluster: Cluster, namespace: str, images: dict[str, str]) -> Iterator[HelmRelease]:
    """The chart, installed in the test's own namespace, where its pipelines run too."""
    found = prepared_release(cluster, namespace, images)
    found.install()
    yield found
    found.uninstall()


@pytest.fixture(scope="session")
def release_for_runs(cluster: Cluster, images: dict[str, str], kfp: str) -> Iterator[HelmRelease]:
    """The chart, installed for the namespace in which Kubeflow Pipelines runs steps, once for all tests of runs.

    `metadata_address` of the harness leads to its metadata service from here.
    """
    with cluster.fresh_namespace() as name:
        runs = {"pipelines": {"namespaces": [RUNS_NAMESPACE]}}
        found = prepared_release(cluster, name, images, **runs)
        cluster.secret(METADATA_TOKEN, RUNS_NAMESPACE, token=found.tokens[METADATA_TOKEN])
        found.install()
        yield found
        found.uninstall()
        cluster.kubectl("delete", "secret", METADATA_TOKEN, namespace=RUNS_NAMESPACE, check=False)
