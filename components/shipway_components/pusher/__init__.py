"""Pusher: puts a model that everybody blessed where a model server finds it.

A server that watches a folder loads the highest version number in it the moment it appears, so a version must appear
whole or not at all, above all others, and once.
"""

from typing import Any

from shipway.artifacts import Examples, InfraBlessing, Model, ModelBlessing, PushedModel
from shipway.step import Input, Output, StepContext, step


def _destination_state(lineage: Any, model: Model, destination: str, push_destination: dict[str, Any]) -> str:
    from shipway_components.pusher.fingerprint import destination_state

    return destination_state(lineage, model, destination, push_destination)


@step(image="control", reads=_destination_state)
def pusher(
    model: Input[Model],
    pushed_model: Output[PushedModel],
    context: StepContext,
    model_blessing: Input[ModelBlessing] | None = None,
    infra_blessing: Input[InfraBlessing] | None = None,
    examples: Input[Examples] | None = None,
    destination: str = "",
    push_destination: dict[str, Any] = {},
    versioning: str = "timestamp",
) -> None:
    """Copy a blessed model to <destination>/<version>/, whole or not at all, or have KServe serve it.

    A model that is not blessed is not pushed, and the run goes on; the output's `pushed` is 0 and its `reason` says
    why. A model that lies there already keeps its version. An InferenceService that does not come to answer with the
    new version is put back to what it was, and the step fails with the reason.

    Args:
        model: the model to push.
        pushed_model: where it went: `pushed_destination`, `pushed_version`, `pushed` (1 or 0) and `reason`; for KServe
            also `namespace`, `inference_service`, `revision` and `url`.
        model_blessing: from evaluator; wired, it must say yes.
        infra_blessing: from infra_validator; wired, it must say yes.
        examples: raw rows with which a version in KServe is asked; without them a row is made up from its signature.
        destination: the folder that the model server watches, or an s3://, minio:// or gs:// URI; a relative path
            starts at the current folder.
        push_destination: the same in TFX's form, {"filesystem": {"base_directory": ...}}; or an InferenceService,
            {"kserve": {"name": ..., "namespace": ..., "storage": "s3://models/name", "runtime": "shipway-serving",
            "service_account": ..., "resources": {"requests": {...}, "limits": {...}}, "min_replicas": 1,
            "max_replicas": 4, "scale_metric": "cpu", "scale_target": 80, "timeout_seconds": 600}}.
        versioning: "timestamp" (seconds since 1970, as TFX) or "increment" (the highest version plus one).
    """
    from shipway_components.pusher.push import push

    parameters = (destination, push_destination, versioning)
    push(model, pushed_model, model_blessing, infra_blessing, examples, parameters, context)
