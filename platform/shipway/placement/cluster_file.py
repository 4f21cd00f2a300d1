"""Reading a cluster file: which file, and everything in it, strictly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from shipway.placement.entry import Entry, read_entry
from shipway.placement.faults import NoClusterFile, closest
from shipway.placement.metadata_section import read_metadata
from shipway.placement.pools import read_pools
from shipway.placement.settings import ClusterSettings, MetadataSettings, NodePool, StepSettings
from shipway.placement.step_settings import read_defaults, read_step_settings
from shipway.placement.tags import read_domains
from shipway.placement.values import image, object_name, pipeline_root

FILE_VARIABLE = "SHIPWAY_CLUSTER_FILE"
DEFAULT_FILE = "cluster.yaml"
KEYS = (
    "images",
    "images_file",
    "image_pull_secrets",
    "pipeline_root",
    "service_account",
    "node_pools",
    "metadata",
    "label_domains",
    "defaults",
    "steps",
    "tasks",
)


def find_cluster_settings(given: Path | None, environment: Mapping[str, str]) -> ClusterSettings:
    """The settings of the file that is `given`, else of the environment's, else of ./cluster.yaml, else the defaults.

    Raises `ClusterFileFault`.
    """
    if given is not None:
        return read_cluster_settings(given, "--cluster-file")
    if named := environment.get(FILE_VARIABLE, "").strip():
        return read_cluster_settings(Path(named).expanduser(), FILE_VARIABLE)
    here = Path(DEFAULT_FILE)
    return read_cluster_settings(here) if here.is_file() else ClusterSettings()


def read_cluster_settings(path: Path, named_by: str = "The command") -> ClusterSettings:
    """Read one cluster file. Raises `ClusterFileFault`."""
    content = _content(path, named_by)
    entry = read_entry(path, content)
    if entry is None:
        return ClusterSettings(path, _digest(content))
    fields = entry.section(*KEYS)
    listed, listing = _images_file(fields["images_file"]) if "images_file" in fields else ({}, b"")
    return _settings(path, _digest(content, listing), fields, listed)


def _settings(path: Path, digest: str, fields: Mapping[str, Entry], listed: Mapping[str, str]) -> ClusterSettings:
    domains = read_domains(fields["label_domains"]) if "label_domains" in fields else ()
    pools = read_pools(fields["node_pools"]) if "node_pools" in fields else {}
    images = {**listed, **(_images(fields["images"]) if "images" in fields else {})}
    _check_variants(fields, pools, images)
    settings = ClusterSettings(
        path=path,
        digest=digest,
        images=images,
        image_pull_secrets=tuple(object_name(one) for one in fields["image_pull_secrets"].entries())
        if "image_pull_secrets" in fields
        else (),
        pipeline_root=pipeline_root(fields["pipeline_root"]) if "pipeline_root" in fields else "",
        service_account=object_name(fields["service_account"]) if "service_account" in fields else "",
        node_pools=pools,
        metadata=read_metadata(fields["metadata"]) if "metadata" in fields else MetadataSettings(),
        defaults=read_defaults(fields["defaults"], domains) if "defaults" in fields else StepSettings(),
        steps=_sections(fields.get("steps"), domains),
        tasks=_sections(fields.get("tasks"), domains),
        lines=_lines(fields),
    )
    _check_pools(fields, settings)
    return settings


def _content(path: Path, named_by: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NoClusterFile(path, named_by, "which is not there") from error
    except OSError as error:
        raise NoClusterFile(path, named_by, f"which cannot be read ({error.strerror})") from error


def _digest(*contents: bytes) -> str:
    return f"sha256:{hashlib.sha256(b''.join(contents)).hexdigest()}"


def _images_file(entry: Entry) -> tuple[dict[str, str], bytes]:
    """The images of a file of their own, which whatever builds them writes; it lies beside the cluster file."""
    path = entry.file.parent / entry.text()
    content = _content(path, f"{entry.where}: {entry.path}")
    listed = read_entry(path, content)
    fields = listed.section("images") if listed else {}
    return _images(fields["images"]) if "images" in fields else {}, content


def _images(entry: Entry) -> dict[str, str]:
    return {name: image(value) for name, value in entry.mapping().items()}


def _sections(entry: Entry | None, domains: tuple[str, ...]) -> dict[str, StepSettings]:
    found = entry.mapping() if entry else {}
    return {name: read_step_settings(value, domains) for name, value in found.items()}


def _check_variants(fields: Mapping[str, Entry], pools: Mapping[str, NodePool], images: Mapping[str, str]) -> None:
    """A pool's variant of an image is a name that `images` has, one of the platform's own, or a full reference."""
    for pool in pools.values():
        for name, variant in pool.images.items():
            if variant not in images:
                image(fields["node_pools"].mapping()[pool.name].mapping()["images"].mapping()[name])


def _check_pools(fields: Mapping[str, Entry], settings: ClusterSettings) -> None:
    """Every pool that the file itself names is in the file."""
    places = [fields["defaults"]] if "defaults" in fields else []
    for name in ("steps", "tasks"):
        places += fields[name].mapping().values() if name in fields else []
    for place in places:
        named = place.mapping().get("node_pool") if not place.is_empty else None
        if named and not named.is_empty and named.text() not in settings.node_pools:
            known = sorted(settings.node_pools)
            there = f"node_pools has {', '.join(known)}" if known else "the file has no node_pools"
            raise named.bad("which is no pool of the file", f"{there}{closest(named.text(), known)}")


def _lines(fields: Mapping[str, Entry]) -> dict[str, int]:
    return {
        f"{name}.{key}": value.line
        for name in ("steps", "tasks", "node_pools", "images")
        if name in fields
        for key, value in fields[name].mapping().items()
    }
