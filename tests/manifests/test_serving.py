"""The manifests of serving: fields that KServe and Kubernetes know, and flags that the server knows.

KServe's and Kubernetes' Python packages describe every field of their objects. Their sources are read and not imported,
which would take seconds.
"""

import argparse
import ast
import functools
import importlib.util
import re
from pathlib import Path

import pytest
import yaml

import shipway
from shipway.serving.config.flags import add_flags, read_options

SERVING = Path(__file__).resolve().parent.parent.parent / "manifests" / "serving"
KINDS = {"ClusterServingRuntime": "V1alpha1ClusterServingRuntime", "InferenceService": "V1beta1InferenceService"}
FILES = sorted(SERVING.rglob("*.yaml"))
PLAIN = {"str": str, "int": int, "bool": bool, "object": object, "float": float}


@functools.cache
def described(name):
    """The fields of a model class of either package, as YAML has them, with their types."""
    name = re.sub(r"^K8sIoApi(Apps|Core)", "", name)  # KServe's name for a class of Kubernetes' own
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    source = _source(re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower())
    assigned = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("openapi_types", "attribute_map")
    }
    return {assigned["attribute_map"][field]: kind for field, kind in assigned["openapi_types"].items()}


def _source(file):
    for package, folder in (("kserve", "models"), ("kubernetes", "client/models")):
        path = Path(importlib.util.find_spec(package).origin).parent / folder / f"{file}.py"
        if path.is_file():
            return path.read_text()
    raise AssertionError(f"neither package has {file}.py")


def faults(value, kind, where=""):
    """What in `value` is not of the type that a model class describes."""
    if listed := re.fullmatch(r"list\[(.*)\]", kind):
        return [one for at, item in enumerate(value) for one in faults(item, listed[1], f"{where}[{at}]")]
    if mapped := re.fullmatch(r"dict\(str, (.*)\)", kind):
        return [one for name, item in value.items() for one in faults(item, mapped[1], f"{where}.{name}")]
    if kind in PLAIN:
        return [] if isinstance(value, PLAIN[kind]) else [f"{where} is {value!r} and no {kind}"]
    fields, found = described(kind), []
    for name, item in value.items():
        at = f"{where}.{name}"
        found += faults(item, fields[name], at) if name in fields else [f"{at} is unknown to {kind}"]
    return found


def runtime():
    return yaml.safe_load((SERVING / "clusterservingruntime.yaml").read_text())


def container():
    (found,) = runtime()["spec"]["containers"]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_field_is_one_that_kserve_knows(path):
    document = yaml.safe_load(path.read_text())
    assert faults(document, KINDS[document["kind"]]) == []


def test_a_field_that_is_misspelt_would_be_found():
    document = runtime()
    document["spec"]["supportedModelFormats"][0]["autoselect"] = True
    document["spec"]["containers"][0]["readinessProbe"]["httpGet"]["prot"] = 8080
    document["spec"]["multiModel"] = "no"
    assert sorted(faults(document, KINDS[document["kind"]])) == [
        ".spec.containers[0].readinessProbe.httpGet.prot is unknown to V1HTTPGetAction",
        ".spec.multiModel is 'no' and no bool",
        ".spec.supportedModelFormats[0].autoselect is unknown to V1alpha1SupportedModelFormat",
    ]


def test_the_servers_flags_are_read_and_fit_the_probes():
    parser = argparse.ArgumentParser()
    add_flags(parser)
    options = read_options(parser.parse_args(container()["args"]))
    probes = [container()[probe]["httpGet"] for probe in ("readinessProbe", "livenessProbe")]
    assert [probe["path"] for probe in probes] == ["/readyz", "/healthz"]
    assert {probe["port"] for probe in probes} == {options.rest_api_port} == {8080}
    assert runtime()["spec"]["annotations"]["prometheus.kserve.io/port"] == str(options.rest_api_port)
    assert (options.port, options.host, options.model_base_path) == (9000, "0.0.0.0", "/mnt/models")
    assert options.drain_seconds < 30


def test_the_image_is_that_of_this_version():
    assert container()["image"] == f"shipway/serving:{shipway.__version__}"


def test_the_pod_may_do_nothing_but_serve():
    security = container()["securityContext"]
    assert security["runAsNonRoot"] is security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is security["privileged"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


def test_the_examples_ask_for_what_the_runtime_has():
    example = yaml.safe_load((SERVING / "examples" / "inferenceservice-shipway.yaml").read_text())
    model = example["spec"]["predictor"]["model"]
    assert model["runtime"] == runtime()["metadata"]["name"]
    assert model["protocolVersion"] in runtime()["spec"]["protocolVersions"]
    formats = [(one["name"], one["version"]) for one in runtime()["spec"]["supportedModelFormats"]]
    assert (model["modelFormat"]["name"], model["modelFormat"]["version"]) in formats
