"""The penguins pipeline: which species is a penguin of these measures?

    shipway run penguins

All 344 penguins come with the package, so it runs at once, in a few seconds: the one to try things out on.
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
from shipway_pipelines.penguins.features import LABEL, transformed_name

MODULE = "shipway_pipelines.penguins.module"
DATA = "package://shipway_pipelines.penguins/data"

LOWEST_ACCURACY = 0.9
"""Always saying the most frequent species is right for 0.44 of the penguins."""

LARGEST_LOSS_OF_ACCURACY = 0.02

EVAL_CONFIG = {
    "model_specs": [{"label_key": transformed_name(LABEL), "preprocessing_function_names": ["transform_features"]}],
    "slicing_specs": [{}, {"feature_keys": ["island"]}, {"feature_keys": ["sex"]}],
    "metrics_specs": [
        {
            "metrics": [
                {
                    "class_name": "SparseCategoricalAccuracy",
                    "per_slice_thresholds": [
                        {
                            "slicing_specs": [{}],
                            "threshold": {
                                "value_threshold": {"lower_bound": LOWEST_ACCURACY},
                                "change_threshold": {
                                    "direction": "HIGHER_IS_BETTER",
                                    "absolute": -LARGEST_LOSS_OF_ACCURACY,
                                },
                            },
                        }
                    ],
                },
                {"class_name": "SparseCategoricalCrossentropy"},
                {"class_name": "ExampleCount"},
            ]
        }
    ],
}


@dsl.pipeline(name="penguins", description=(__doc__ or "").partition("\n")[0])
def penguins(data: str = DATA, train_steps: int = 200, push_destination: str = "serving/penguins") -> None:
    """From measures in CSV to a model in service.

    Args:
        data: a folder of CSV files, by its path or URI; by default the one that comes with the package.
        train_steps: batches of 20 penguins to train on.
        push_destination: the folder of the model in service.
    """
    examples = example_gen(
        input_base=data,
        input_config={"splits": [{"name": "penguins", "pattern": "*.csv"}], "csv": {"null_values": ["NA"]}},
    ).outputs["examples"]
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
