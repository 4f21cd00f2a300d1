"""Whatever is sent, within the description and without, the server answers as it says, and never with a defect."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shipway.serving.rest.openapi.operations import OPERATIONS
from shipway.serving.rest.routes import ROUTES

pytestmark = [
    pytest.mark.tensorflow,  # what classify and regress read their examples with
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 5
SERVED = {"model": ["m", "text"], "version": [1, 2, 7], "label": ["stable"]}
SIGNATURES = ["", "sums", "total", "classify", "regress"]


@pytest.fixture(scope="module")
def described_api(live_server):
    return schemathesis.openapi.from_url(f"{live_server.url}/openapi.json")


RIGHT = [(GenerationMode.POSITIVE, route.method, route.path) for route in ROUTES]
WRONG = [
    (GenerationMode.NEGATIVE, route.method, route.path)
    for route in ROUTES
    if OPERATIONS[route.handler.__name__].body  # nothing can be wrong with a request without one
]


@pytest.mark.parametrize(("mode", "method", "path"), [*RIGHT, *WRONG])
def test_every_operation_answers_as_described(described_api, mode, method, path):
    @given(case=described_api[path][method].as_strategy(generation_mode=mode), data=strategies.data())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def fuzz(case, data):
        aim(case, data.draw)
        case.call_and_validate(checks=CHECKS)

    fuzz()


def aim(case, draw) -> None:
    """Names that are served, most of the time: others get no further than the path."""
    for name, served in SERVED.items():
        if name in (case.path_parameters or {}) and draw(strategies.integers(0, 3)):
            case.path_parameters[name] = draw(strategies.sampled_from(served))
    if isinstance(case.body, dict) and "signature_name" in case.body:
        case.body["signature_name"] = draw(strategies.sampled_from(SIGNATURES))
