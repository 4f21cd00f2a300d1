"""GET /v1/models/{model}[/versions/{version}|/labels/{label}]: the states of a model's versions."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from shipway.serving.faults import InvalidRequest, ModelNotFound
from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target
from shipway.serving.servable import Catalog, UnknownLabel, VersionStatus


class NoModelName(InvalidRequest):
    """The states of all models at once are not TensorFlow Serving's."""

    def __init__(self) -> None:
        super().__init__("Missing model name in request: GET /v1/models/NAME, or POST /v2/repository/index for all.")


class NoStatus(ModelNotFound):
    """Nothing is known of the model or of the version."""

    def __init__(self, model: str, version: int | None, known: Iterable[object]) -> None:
        what, of = ("any versions", "models") if version is None else (f"version {version}", "versions")
        names = ", ".join(map(str, known)) or "none"
        super().__init__(f"Could not find {what} of model {model}: the server knows the {of} {names}.")


async def model_status(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer with TensorFlow Serving's GetModelStatusResponse."""
    statuses = statuses_of(services.plane.catalog, target)
    body = {"model_version_status": [_written(status) for status in statuses]}
    await exchange.respond(200, orjson.dumps(body))


async def no_model_status(services: Services, exchange: Exchange, target: Target) -> None:
    """Refuse as TensorFlow Serving does."""
    raise NoModelName


def statuses_of(catalog: Catalog, target: Target) -> list[VersionStatus]:
    """The statuses of all versions of a model, the newest first, or of the one that is named.

    Raises:
        NoStatus: there is none.
        UnknownLabel: the model has no such label.
    """
    model = catalog.models.get(target.model)
    if model is None or not model.statuses:
        raise NoStatus(target.model, None, sorted(catalog.models))
    version = target.version
    if target.label is not None:
        if target.label not in model.labels:
            raise UnknownLabel(model.name, target.label, model.labels)
        version = model.labels[target.label]
    if version is None:
        return [model.statuses[number] for number in sorted(model.statuses, reverse=True)]
    if version not in model.statuses:
        raise NoStatus(target.model, version, sorted(model.statuses))
    return [model.statuses[version]]


def _written(status: VersionStatus) -> dict[str, object]:
    return {
        "version": str(status.version),
        "state": status.state.name,
        "status": {"error_code": status.code.name, "error_message": status.message},
    }
