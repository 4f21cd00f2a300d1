"""InfraValidator: whether the model can be served, found out by serving it in a process of its own and asking it.

A model that crashes or hangs takes that process down and not the run: it is not blessed, and the reasons say why.
"""

from shipway.artifacts import Examples, InfraBlessing, Model
from shipway.step import Input, Output, StepContext, step


@step(image="serving", cpu="1", memory="2Gi", preload=("tensorflow", "shipway.serving.server"))
def infra_validator(
    model: Input[Model],
    blessing: Output[InfraBlessing],
    context: StepContext,
    examples: Input[Examples] | None = None,
    serving_spec: dict = {},
    validation_spec: dict = {},
    request_spec: dict = {},
    max_latency_ms: float = 0.0,
) -> None:
    """Starts the model server on the model in a process of its own, asks it over REST, and blesses it for serving.

    With serving_spec["kubernetes"] the model is served in the cluster instead, as it would be after a push: by an
    InferenceService of its own (a canary), which is asked through its Service and is gone when the step ends. What it
    was fetched from stays where the pusher finds it, if it is blessed.

    Args:
        model: the model to validate.
        blessing: INFRA_BLESSED or INFRA_NOT_BLESSED, and report.json with what was seen.
        examples: raw rows to ask; without them the model is only loaded.
        serving_spec: {"model_name": ..., "tensorflow_serving": {...}}; what TensorFlow Serving could not load, into a
            session, is refused. For a canary also {"kubernetes": {"namespace": ..., "storage": "s3://models/name",
            "runtime": "shipway-serving", "service_account": ..., "resources": {...}}}, as the pusher takes them.
        validation_spec: {"max_loading_time_seconds": 300, "max_request_seconds": 60, "num_tries": 1}.
        request_spec: {"split_name": "eval", "num_examples": 16, "tensorflow_serving": {"signature_names": [...]}}.
        max_latency_ms: the longest that the median single-row request may take, as its caller sees it; 0 sets no limit.
    """
    from shipway_components.infra_validator.validation import read_specs, validate

    specs = read_specs(serving_spec, validation_spec, request_spec, max_latency_ms)
    validate(model, examples, blessing, specs, context)
