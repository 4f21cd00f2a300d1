"""The platform's images in the cluster: built from this tree unless the cluster has them already."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
from pathlib import Path

from harness.cluster import Cluster

REPOSITORY = Path(__file__).resolve().parents[3]
NAMES = ("control", "data", "train", "serving")
SOURCES = ("platform", "components", "pipelines", "docker", "pyproject.toml", "uv.lock")
RECORD = REPOSITORY / ".e2e" / "images.json"
"""Which images were loaded into which cluster, so that a second run builds nothing."""


def images_in(cluster: Cluster) -> dict[str, str]:
    """The images by name.

    E2E_IMAGES, `control=REF,data=REF,...`, names images that the cluster can pull as they are. Without it they are
    built (`make images`), and E2E_LOAD is the command that hands one to the cluster, such as `kind load docker-image`;
    or E2E_REGISTRY is where they are pushed to.
    """
    if given := os.environ.get("E2E_IMAGES"):
        return dict(one.split("=", 1) for one in given.split(","))
    tag = f"e2e-{_digest_of_sources()}"
    key = f"{_identity(cluster)}/{tag}"
    record = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    if key not in record:
        record = {key: _build_and_hand_over(tag)}
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(record))
    return record[key]


def _build_and_hand_over(tag: str) -> dict[str, str]:
    registry, load = os.environ.get("E2E_REGISTRY", ""), os.environ.get("E2E_LOAD", "")
    if not (registry or load):
        raise RuntimeError("Set E2E_LOAD to the command that loads an image into the cluster, or E2E_REGISTRY.")
    words = [f"IMAGES={' '.join(NAMES)}", f"TAG={tag}", *([f"REGISTRY={registry}", "PUSH=1"] if registry else [])]
    subprocess.run(["make", "-C", str(REPOSITORY), "images", *words], check=True)
    prefix = f"{registry}/" if registry else ""
    images = {name: f"{prefix}shipway/{name}:{tag}" for name in NAMES}
    if not registry:
        for image in images.values():
            subprocess.run([*shlex.split(load), image], check=True)
    return images


def _digest_of_sources() -> str:
    listed = subprocess.run(
        ["git", "-C", str(REPOSITORY), "ls-files", "-co", "--exclude-standard", *SOURCES],
        capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    digest = hashlib.sha256()
    for name in sorted(filter(None, listed)):
        path = REPOSITORY / name
        if path.is_file():
            digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _identity(cluster: Cluster) -> str:
    return cluster.get("namespace", "kube-system")["metadata"]["uid"]
