"""The manifests for kustomize: the base is what the chart's defaults make, overlays change little of it."""

import functools
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import utils

MANIFESTS = Path(__file__).resolve().parent.parent.parent / "manifests"
BASE = MANIFESTS / "base"
OVERLAYS = sorted(path.parent for path in (MANIFESTS / "overlays").glob("*/kustomization.yaml"))


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("kustomize", MANIFESTS / "kustomize.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True, scope="module")
def schemas_read_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
        yield


def listed(folder):
    """The objects that a kustomization lists, its base's too, before any patch."""
    found = []
    for name in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        path = folder / name
        found += listed(path) if path.is_dir() else [one for one in yaml.safe_load_all(path.read_text()) if one]
    return found


def key(one):
    return one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]


def test_the_base_is_what_would_be_written(generator):
    assert generator.main(["--check"]) == 0


def test_the_base_has_the_objects_of_the_charts_defaults(generator):
    base = {key(one): one for one in listed(BASE)}
    chart = {key(one): one for objects in generator.rendered().values() for one in objects}
    assert base.keys() - chart.keys() == {("Namespace", "", "shipway")}
    assert {name: base.get(name) for name in chart} == chart


def test_nothing_in_the_base_says_that_helm_has_it():
    for path in BASE.rglob("*.yaml"):
        assert not re.search(r"helm\.sh|managed-by|Helm$", "\n".join(path.read_text().splitlines()[1:])), path


def test_overlays_are_these():
    assert [path.name for path in OVERLAYS] == ["eks", "gke", "local"]


def matches(target, one):
    """Whether a patch is for an object, as kustomize decides it."""
    wanted = dict(pair.split("=") for pair in target.get("labelSelector", "").split(",") if pair)
    return (
        target["kind"] == one["kind"]
        and re.fullmatch(target.get("name", ".*"), one["metadata"]["name"]) is not None
        and wanted.items() <= one["metadata"].get("labels", {}).items()
    )


def patched(one, change):
    """The object after one operation of JSON Patch; the place that is changed must be there."""
    *path, last = change["path"].lstrip("/").split("/")
    place = one
    for step in path:
        place = place[int(step) if isinstance(place, list) else step.replace("~1", "/")]
    if isinstance(place, list):
        assert (change["op"], last) == ("add", "-"), change
        place.append(change["value"])
    else:
        assert change["op"] == "add" or last in place, change
        place[last] = change["value"]


def built(overlay):
    """What kustomize makes of an overlay, as far as ours go: lists of operations on objects."""
    objects = listed(overlay)
    for patch in yaml.safe_load((overlay / "kustomization.yaml").read_text())["patches"]:
        meant = [one for one in objects if matches(patch["target"], one)]
        assert meant, patch
        for one in meant:
            for change in yaml.safe_load((overlay / patch["path"]).read_text()):
                patched(one, change)
    return objects


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_overlays_change_what_is_there_into_what_kubernetes_knows(overlay):
    for one in built(overlay):
        if not one["apiVersion"].startswith("serving.kserve.io"):
            kubernetes_validate.validate(one, "1.34", strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_kustomize_makes_the_same_of_them(overlay):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    made = subprocess.run([kubectl, "kustomize", overlay], capture_output=True, text=True, check=True).stdout
    found = {key(one): one for one in yaml.safe_load_all(made)}
    assert found == {key(one): one for one in built(overlay)}


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_every_file_of_an_overlay_is_used(overlay):
    kustomization = yaml.safe_load((overlay / "kustomization.yaml").read_text())
    used = {patch["path"] for patch in kustomization["patches"]} | set(kustomization["resources"])
    assert {path.name for path in overlay.iterdir()} == {"kustomization.yaml"} | used - {"../../base"}
