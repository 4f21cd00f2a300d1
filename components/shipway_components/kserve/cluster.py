"""The cluster that a step deploys to, and a model's files as KServe there knows them."""

from __future__ import annotations

import os

from shipway.kube.connection import connect
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.settings import ClusterAddress


def step_cluster() -> ClusterApi:
    """The pod's own cluster, or the kubeconfig's. Raises `NoCluster` and `UnknownContext`."""
    return ClusterApi(connect(ClusterAddress.from_environment(os.environ)))


def kserve_uri(uri: str) -> str:
    """As KServe knows it: minio:// is the S3 API, whose endpoint its credentials name."""
    return f"s3://{uri.removeprefix('minio://')}" if uri.startswith("minio://") else uri
