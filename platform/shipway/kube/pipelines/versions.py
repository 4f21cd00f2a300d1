"""Versions of pipelines: uploaded once for each content, and found again by name."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shipway
from shipway.kube.faults import KubeFault
from shipway.kube.pipelines.connection import PipelinesApi, equals
from shipway.kube.pipelines.faults import AlreadyThere, NotThere
from shipway.kube.pipelines.names import UnknownName
from shipway.kube.pipelines.package import Package

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UPLOAD_FIRST = "'shipway upload PIPELINE' uploads one"


class VanishedVersion(KubeFault):
    """The server says that it has a version of that name, and does not show it."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            f"Kubeflow Pipelines says that it has the {kind} {name!r}, but does not list it: another user's "
            "namespace may hold it; check SHIPWAY_KFP_NAMESPACE."
        )


@dataclass(frozen=True)
class Version:
    """A version of a pipeline in the cluster. `is_new`: this call has made it."""

    pipeline: str
    name: str
    pipeline_id: str
    version_id: str
    is_new: bool = False


def upload(api: PipelinesApi, package: Package, description: str = "") -> Version:
    """The version that holds this content, uploaded unless it is there.

    The server keeps names single, so two uploads of one content at once make one version between them.
    """
    pipeline_id = _pipeline_of(api, package)
    known = _version(api, pipeline_id, package.version_name)
    if known:
        return _as_version(package.name, known)
    try:
        return _as_version(package.name, _upload(api, package, pipeline_id, description), is_new=True)
    except AlreadyThere as error:
        known = _version(api, pipeline_id, package.version_name)
        if known is None:
            raise VanishedVersion("version", package.version_name) from error
        return _as_version(package.name, known)


def find_version(api: PipelinesApi, text: str, pipeline: str = "") -> tuple[Version, Package]:
    """An uploaded version by its name or id, and what it holds. A pipeline's name ends before the last dash."""
    if ID.fullmatch(text):
        found = _version_by_id(api, text)
        name = _pipeline_name(api, found.pipeline_id)
    else:
        name = pipeline or text.rpartition("-")[0] or text
        pipeline_id = find_pipeline(api, name)
        found = _version(api, pipeline_id, text)
        if found is None:
            known = [one.display_name for one in _versions(api, pipeline_id)]
            raise UnknownName(f"version of {name!r} called", text, known, UPLOAD_FIRST)
    return _as_version(name, found), Package.of_version(found.pipeline_spec)


def find_pipeline(api: PipelinesApi, name: str) -> str:
    """The id of an uploaded pipeline. Raises `UnknownName`."""
    pipeline_id = _pipeline_id(api, name)
    if pipeline_id is None:
        known = [
            one.display_name
            for one in api.pages(api.pipelines.pipeline_service_list_pipelines, "pipelines", **_here(api))
        ]
        raise UnknownName("pipeline", name, known, UPLOAD_FIRST)
    return pipeline_id


def pipeline_names(api: PipelinesApi, pipeline_ids: set[str]) -> dict[str, str]:
    """Names by ids; "" for a pipeline that was deleted."""
    return {one: _pipeline_name(api, one) for one in pipeline_ids if one}


def _pipeline_name(api: PipelinesApi, pipeline_id: str) -> str:
    try:
        return api.pipelines.pipeline_service_get_pipeline(pipeline_id).display_name
    except NotThere:
        return ""


def _pipeline_of(api: PipelinesApi, package: Package) -> str:
    """The id of the pipeline, made without a version where there is none: the server keeps its name single too."""
    found = _pipeline_id(api, package.name)
    if found:
        return found
    body = api.models.V2beta1Pipeline(display_name=package.name, namespace=api.namespace)
    try:
        return api.pipelines.pipeline_service_create_pipeline(body).pipeline_id
    except AlreadyThere as error:
        found = _pipeline_id(api, package.name)
        if found is None:
            raise VanishedVersion("pipeline", package.name) from error
        return found


def _pipeline_id(api: PipelinesApi, name: str) -> str | None:
    listed = api.pipelines.pipeline_service_list_pipelines(filter=equals(display_name=name), **_here(api))
    return listed.pipelines[0].pipeline_id if listed.pipelines else None


def _version(api: PipelinesApi, pipeline_id: str, name: str) -> Any:
    return next(iter(_versions(api, pipeline_id, filter=equals(display_name=name))), None)


def _versions(api: PipelinesApi, pipeline_id: str, **filters: Any) -> Any:
    return api.pages(
        api.pipelines.pipeline_service_list_pipeline_versions, "pipeline_versions", pipeline_id=pipeline_id, **filters
    )


def _version_by_id(api: PipelinesApi, version_id: str) -> Any:
    try:  # the id of the pipeline in the path has no meaning to the server
        return api.pipelines.pipeline_service_get_pipeline_version("-", version_id)
    except NotThere as error:
        raise UnknownName("version", version_id, None, UPLOAD_FIRST) from error


def _upload(api: PipelinesApi, package: Package, pipeline_id: str, description: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pipeline.yaml")
        file.write_text(package.yaml(), encoding="utf-8")
        made_by = f"Shipway {shipway.__version__}, sha256:{package.digest}"
        return api.uploads.upload_pipeline_version(
            str(file),
            name=package.version_name,
            pipelineid=pipeline_id,
            description=f"{description} {made_by}".strip(),
        )


def _here(api: PipelinesApi) -> dict[str, str]:
    return {"namespace": api.namespace} if api.namespace else {}


def _as_version(pipeline: str, found: Any, *, is_new: bool = False) -> Version:
    return Version(pipeline, found.display_name, found.pipeline_id, found.pipeline_version_id, is_new)
