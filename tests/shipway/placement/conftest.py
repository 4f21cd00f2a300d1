"""Cluster files."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from shipway.placement import ClusterSettings, read_cluster_settings


class ClusterFile:
    """Writes a cluster file and reads it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cluster.yaml"

    def __call__(self, text: str) -> ClusterSettings:
        self.path.write_text(textwrap.dedent(text))
        return read_cluster_settings(self.path)


@pytest.fixture
def cluster_file(tmp_path: Path) -> ClusterFile:
    return ClusterFile(tmp_path)
