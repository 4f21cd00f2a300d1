"""The cluster that a step deploys to."""

from __future__ import annotations

import os

from shipway.kube.connection import connect
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.settings import ClusterAddress


def step_cluster() -> ClusterApi:
    """The pod's own cluster, or the kubeconfig's. Raises `NoCluster` and `UnknownContext`."""
    return ClusterApi(connect(ClusterAddress.from_environment(os.environ)))
