"""What each handler takes and answers: the part of the description that the table of routes cannot tell."""

from __future__ import annotations

from dataclasses import dataclass

JSON = "application/json"
BINARY = "application/octet-stream"
TEXT = "text/plain"

ASKING = (400, 404, 413, 429, 500, 501, 503, 504)
"""What may become of a request for an inference."""

LOOKING = (400, 404, 503)


@dataclass(frozen=True)
class Operation:
    """Names of schemas, and statuses."""

    answer: str | None
    """The schema of the answer; None where there is none but errors."""

    errors: tuple[int, ...] = ()
    body: str | None = None
    """The schema of the request's body."""

    is_body_required: bool = True
    binary: bool = False
    """Whether bodies may have raw tensors behind their JSON, both ways."""

    not_ready: str | None = None
    """The schema of the answer with 503, where it is no error."""

    media_type: str = JSON
    tag: str = "TensorFlow Serving"


OPEN = "Open Inference Protocol"
SERVER = "Server"

OPERATIONS = {
    "predict": Operation("PredictResponse", ASKING, "PredictRequest"),
    "classify": Operation("ClassifyResponse", ASKING, "ExamplesRequest"),
    "regress": Operation("RegressResponse", ASKING, "ExamplesRequest"),
    "model_status": Operation("ModelStatus", (400, 404)),
    "no_model_status": Operation(None, (400,)),
    "model_metadata": Operation("ModelMetadata", LOOKING),
    "set_label": Operation("Labels", (400, 404, 409, 413, 501, 503), "Label", tag=SERVER),
    "delete_label": Operation("Labels", (400, 404, 409, 501, 503), tag=SERVER),
    "show_traffic": Operation("Traffic", (501,), tag=SERVER),
    "change_traffic": Operation("Traffic", (400, 404, 413, 501, 503), "Traffic", tag=SERVER),
    "server_metadata": Operation("ServerMetadata", tag=OPEN),
    "list_models": Operation("Models", tag=OPEN),
    "server_live": Operation("Live", tag=OPEN),
    "server_ready": Operation("Ready", not_ready="Ready", tag=OPEN),
    "infer": Operation("InferResponse", ASKING, "InferRequest", binary=True, tag=OPEN),
    "open_model_metadata": Operation("OpenModelMetadata", (*LOOKING, 501), tag=OPEN),
    "model_ready": Operation("ModelReady", LOOKING, tag=OPEN),
    "repository_index": Operation("Index", (400, 413), "IndexRequest", is_body_required=False, tag=OPEN),
    "load_model": Operation("Loaded", (400, 404, 413, 501, 503), tag=OPEN),
    "unload_model": Operation("Unloaded", (400, 404, 413, 501, 503), tag=OPEN),
    "healthz": Operation("Status", tag=SERVER),
    "readyz": Operation("Status", not_ready="Status", tag=SERVER),
    "metrics": Operation("Exposition", media_type=TEXT, tag=SERVER),
    "openapi": Operation("Description", tag=SERVER),
}
"""By the handler's name."""
