"""The description of the API leaves nothing out and promises nothing else."""

import re

from shipway.serving.rest.openapi.document import document
from shipway.serving.rest.openapi.operations import OPERATIONS
from shipway.serving.rest.routes import ROUTES, routes_with_metrics

DOCUMENT = document(routes_with_metrics(["/monitoring/prometheus/metrics", "/metrics"]))


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def operations():
    return [operation for path in DOCUMENT["paths"].values() for operation in path.values()]


def test_every_route_is_described_once():
    described = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {(route.method, route.path) for route in ROUTES} | {
        ("GET", "/monitoring/prometheus/metrics"),
        ("GET", "/metrics"),
    }
    assert {route.handler.__name__ for route in ROUTES} | {"metrics"} == OPERATIONS.keys()


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for operation in operations()]
    assert len(set(names)) == len(names)
    assert {"predict", "predict_by_version", "predict_by_label", "set_label", "metrics", "metrics_2"} <= set(names)
    assert all(operation["summary"] for operation in operations())


def test_places_in_paths_are_parameters():
    for path, item in DOCUMENT["paths"].items():
        for operation in item.values():
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_references_lead_somewhere():
    found = set(references(DOCUMENT))
    assert len(found) > 30
    for reference in found:
        value = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            value = value[part]


def test_it_is_served_with_the_paths_of_the_metrics(ask):
    got = ask("GET", "/openapi.json")
    assert (got.status, got.headers["content-type"]) == (200, "application/json")
    assert got.json == DOCUMENT
