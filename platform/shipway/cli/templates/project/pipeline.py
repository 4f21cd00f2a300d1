"""From CSV files to a pushed model.

shipway run pipeline.py
"""

from cleaning import clean
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

MODULE = "module.py"
LABEL = "species"

LOWEST_ACCURACY = 0.9

EVAL_CONFIG = {
    # The label is made by the transform, which is a part of the model.
    "model_specs": [{"label_key": f"{LABEL}_xf", "preprocessing_function_names": ["transform_features"]}],
    "slicing_specs": [{}, {"feature_keys": ["island"]}],
    "metrics_specs": [
        {
            "metrics": [
                {
                    "class_name": "SparseCategoricalAccuracy",
                    "per_slice_thresholds": [
                        {
                            "slicing_specs": [{}],
                            "threshold": {"value_threshold": {"lower_bound": LOWEST_ACCURACY}},
                        }
                    ],
                },
                {"class_name": "ExampleCount"},
            ]
        }
    ],
}


@dsl.pipeline(name="my-project")
def my_project(data: str = "data", train_steps: int = 300, push_destination: str = "serving/my-project") -> None:
    """Clean, look, transform, train, judge, push."""
    cleaned = clean(folder=data, label=LABEL)
    examples = example_gen(source=cleaned.outputs["cleaned"]).outputs["examples"]
    statistics = statistics_gen(examples=examples).outputs["statistics"]
    schema = schema_gen(statistics=statistics).outputs["schema"]
    validation = example_validator(statistics=statistics, schema=schema)
    transformed = transform(examples=examples, schema=schema, module_file=MODULE).after(validation)
    model = trainer(
        examples=transformed.outputs["transformed_examples"],
        transform_graph=transformed.outputs["transform_graph"],
        module_file=MODULE,
        train_args={"num_steps": train_steps},
    ).outputs["model"]
    in_service = latest_blessed_model_resolver(candidate=model).outputs["model"]
    evaluation = evaluator(examples=examples, model=model, baseline_model=in_service, eval_config=EVAL_CONFIG)
    infra = infra_validator(model=model, examples=examples)
    pusher(
        model=model,
        model_blessing=evaluation.outputs["blessing"],
        infra_blessing=infra.outputs["blessing"],
        destination=push_destination,
    )
