"""A version that lies where KServe fetches it, as an InferenceService names it."""

from __future__ import annotations

from shipway.artifacts import Model
from shipway.kube.serving.identity import ServedVersion, kserve_uri
from shipway.step import StepContext
from shipway_components.pusher.destination_layout import Pushed


def version_of(there: Pushed, model: Model, context: StepContext, pushed_model: str = "") -> ServedVersion:
    """With the model and the run that it comes from; `pushed_model` is the URI of what a push records, if one does."""
    return ServedVersion(
        version=str(there.version),
        storage_uri=kserve_uri(there.uri),
        digest=there.digest,
        model_uri=model.uri,
        pipeline=context.pipeline_name,
        run=context.run_id,
        pushed_model=pushed_model,
    )
