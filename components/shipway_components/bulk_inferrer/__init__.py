"""BulkInferrer: the predictions of a model for whole splits of examples."""

from shipway.artifacts import Examples, InferenceResult, Model, ModelBlessing
from shipway.step import Input, Output, StepContext, step


@step(image="serving", cpu="2", memory="4Gi", preload=("tensorflow",))
def bulk_inferrer(
    examples: Input[Examples],
    model: Input[Model],
    inference_result: Output[InferenceResult],
    output_examples: Output[Examples],
    context: StepContext,
    model_blessing: Input[ModelBlessing] | None = None,
    data_spec: dict = {},
    model_spec: dict = {},
    output_example_spec: dict = {},
    output_format: str = "parquet",
    output_columns: list[str] = [],
    signature_name: str = "",
    batch_size: int = 8192,
) -> None:
    """Predicts for whole splits, with a model that was blessed where a blessing is given.

    Args:
        examples: raw rows.
        model: the model to ask.
        inference_result: Split-<name>/data-*.parquet, or prediction_logs-*.gz.
        output_examples: rows with their predictions as features; empty unless output_example_spec is given.
        model_blessing: when it says not blessed, nothing is predicted.
        data_spec: {"example_splits": ["eval"]}; without it, all splits.
        model_spec: {"model_signature_name": ["serving_default"]}.
        output_example_spec: {"output_columns_spec": [{"predict_output": {"output_columns":
            [{"output_key": "outputs", "output_column": "score"}]}}]}.
        output_format: "parquet" for columns, "prediction_log" for TFRecords of tensorflow.serving.PredictionLog.
        output_columns: input columns to keep beside the predictions in Parquet; without it, all.
        signature_name: the signature to ask, shorter than model_spec; without either, the model's named features.
        batch_size: rows in one call of the model.
    """
    from shipway_components.bulk_inferrer.inference import InferencePlan, infer

    plan = InferencePlan.read(
        examples, data_spec, model_spec, output_example_spec, output_format, output_columns, signature_name, batch_size
    )
    infer(plan, examples, model, model_blessing, inference_result, output_examples, context)
