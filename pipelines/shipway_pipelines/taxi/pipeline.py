"""The taxi pipeline: will the tip of a ride in Chicago be more than a fifth of the fare?

    shipway run taxi --param data=/path/of/chicago_taxi.csv

The data is the one of TFX's Chicago taxi example (one CSV file, or a folder of them): columns trip_miles, fare,
trip_seconds, payment_type, company, the places and the start of the ride, and the tip.
"""

from kfp import dsl

from shipway_components.steps import (
    evaluator,
    example_gen,
    example_validator,
    infra_validator,
    latest_blessed_model_resolver,
    pusher,
    schema_gen,
    statistics_gen,
    trainer,
    transform,
)
from shipway_pipelines.taxi.features import LABEL, transformed_name

MODULE = "shipway_pipelines.taxi.module"

LOWEST_AUC = 0.9
"""A constant model has 0.5; a thousand steps of 40 rides give 0.93."""

LARGEST_LOSS_OF_AUC = 0.01
"""How far a model may lie below the one in service."""

OVERALL = {}

EVAL_CONFIG = {
    "model_specs": [{"label_key": transformed_name(LABEL), "preprocessing_function_names": ["transform_features"]}],
    "slicing_specs": [OVERALL, {"feature_keys": ["trip_start_hour"]}, {"feature_keys": ["payment_type"]}],
    "metrics_specs": [
        {
            "metrics": [
                {
                    "class_name": "AUC",
                    "per_slice_thresholds": [
                        {
                            "slicing_specs": [OVERALL],
                            "threshold": {
                                "value_threshold": {"lower_bound": LOWEST_AUC},
                                "change_threshold": {
                                    "direction": "HIGHER_IS_BETTER",
                                    "absolute": -LARGEST_LOSS_OF_AUC,
                                },
                            },
                        }
                    ],
                },
                {"class_name": "BinaryAccuracy"},
                {"class_name": "BinaryCrossentropy"},
                {"class_name": "ExampleCount"},
            ]
        }
    ],
}


@dsl.pipeline(name="taxi", description=(__doc__ or "").partition("\n")[0])
def taxi(data: str, train_steps: int = 1000, push_destination: str = "serving/taxi") -> None:
    """From taxi rides in CSV to a model in service.

    Args:
        data: a CSV file, or a folder of them.
        train_steps: batches of 40 rides to train on.
        push_destination: the folder of the model in service.
    """
    examples = example_gen(input_base=data).outputs["examples"]
    statistics = statistics_gen(examples=examples).outputs["statistics"]
    schema = schema_gen(statistics=statistics).outputs["schema"]
    validation = example_validator(statistics=statistics, schema=schema)
    transformed = transform(examples=examples, schema=schema, module_file=MODULE).after(validation)
    trained = trainer(
        examples=transformed.outputs["transformed_examples"],
        transform_graph=transformed.outputs["transform_graph"],
        schema=schema,
        module_file=MODULE,
        train_args={"splits": ["train"], "num_steps": train_steps},
        eval_args={"splits": ["eval"]},
    )
    model = trained.outputs["model"]
    in_service = latest_blessed_model_resolver(candidate=model)
    evaluation = evaluator(
        examples=examples, model=model, baseline_model=in_service.outputs["model"], eval_config=EVAL_CONFIG
    )
    infra = infra_validator(model=model, examples=examples)
    pusher(
        model=model,
        model_blessing=evaluation.outputs["blessing"],
        infra_blessing=infra.outputs["blessing"],
        destination=push_destination,
    )
