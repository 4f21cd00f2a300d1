"""The chart, rendered by Helm's own engine: no cluster is asked, `lookup` finds nothing."""

import functools
import json
from pathlib import Path

import pytest
import yaml

CHART = Path(__file__).resolve().parent.parent.parent / "helm" / "shipway"
VALUES = {"default": CHART / "values.yaml"} | {
    path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))
}
WORKLOADS = ("Deployment", "CronJob", "Pod")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Objects(list):
    """Rendered objects, found by kind and by the end of their name."""

    def all(self, kind):
        return [one for one in self if one["kind"] == kind]

    def one(self, kind, suffix="", namespace=None):
        (found,) = [
            one
            for one in self.all(kind)
            if one["metadata"]["name"].endswith(suffix)
            and (namespace is None or one["metadata"].get("namespace") == namespace)
        ]
        return found

    @property
    def pods(self):
        """Name and PodSpec of everything that becomes a pod."""
        return {one["metadata"]["name"]: pod_spec(one) for one in self if one["kind"] in WORKLOADS}

    @property
    def names(self):
        return {(one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]) for one in self}


def pod_spec(workload):
    if workload["kind"] == "Pod":
        return workload["spec"]
    spec = workload["spec"]
    return (spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec)["template"]["spec"]


@pytest.fixture(scope="session")
def chart():
    helm = pytest.importorskip("helm_python")
    with helm.Chart.load(CHART) as loaded:
        yield loaded


@pytest.fixture(scope="session")
def rendered(chart):
    """A function from values to the text of each template."""

    @functools.cache
    def render(values, name, namespace):
        return chart.render(json.loads(values), name=name, namespace=namespace)

    return lambda values=None, name="shipway", namespace="shipway": render(json.dumps(values or {}), name, namespace)


@pytest.fixture(scope="session")
def objects(rendered):
    """A function from values, or the name of a set of them, to the objects of the release `shipway`."""

    @functools.cache
    def parsed(values, name, namespace):
        texts = rendered(json.loads(values), name, namespace)
        documents = (one for path, text in sorted(texts.items()) if path.endswith(".yaml") for one in _documents(text))
        return Objects(documents)

    def of(values=None, name="shipway", namespace="shipway"):
        chosen = yaml.safe_load(VALUES[values].read_text()) if isinstance(values, str) else values or {}
        return parsed(json.dumps(chosen), name, namespace)

    return of


def _documents(text):
    return [one for one in yaml.load_all(text, Loader) if one]


@pytest.fixture(scope="session", params=VALUES)
def each(request, objects):
    """The objects of every set of values in turn."""
    return objects(request.param)
