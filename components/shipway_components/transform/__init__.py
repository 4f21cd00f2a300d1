"""Transform: the user's `preprocessing_fn` becomes a graph, and the examples become what that graph makes of them.

The graph holds what was learned from the data (means, vocabularies, bucket boundaries) and is part of the exported
model, so what a model sees when it serves is what it saw when it was trained.
"""

from typing import Any

from shipway.artifacts import Examples, ExampleStatistics, Schema, TransformGraph
from shipway.step import Input, ModuleFile, Output, StepContext, step


@step(image="data", memory="4Gi", preload=("tensorflow", "tensorflow_transform.beam"))
def transform(
    examples: Input[Examples],
    schema: Input[Schema],
    transform_graph: Output[TransformGraph],
    transformed_examples: Output[Examples],
    pre_transform_schema: Output[Schema],
    pre_transform_stats: Output[ExampleStatistics],
    post_transform_schema: Output[Schema],
    post_transform_stats: Output[ExampleStatistics],
    context: StepContext,
    module_file: ModuleFile,
    splits_config: dict[str, Any] = {},
    custom_config: dict[str, Any] = {},
    preprocessing_fn: str = "preprocessing_fn",
) -> None:
    """Learn the transform graph from the examples and apply it to every split.

    Args:
        examples: the raw examples, of either payload format.
        schema: the raw features and their types; a feature with a fixed shape is dense, any other one sparse.
        transform_graph: what `tft.TFTransformOutput` opens.
        transformed_examples: the transformed features of each split, as Parquet.
        pre_transform_schema: the schema of the raw examples.
        pre_transform_stats: statistics of the analyzed splits before the transform.
        post_transform_schema: the schema of the transformed examples.
        post_transform_stats: statistics of the analyzed splits after the transform.
        context: scratch folder and progress.
        module_file: the module with the preprocessing function.
        splits_config: {"analyze": [...], "transform": [...]}; by default "train" is analyzed, and all are transformed.
        custom_config: passed to the preprocessing function when it has a parameter of that name.
        preprocessing_fn: name of the function in the module.
    """
    from shipway_components.transform.run import Outputs, Settings, run

    outputs = Outputs(
        transform_graph,
        transformed_examples,
        pre_transform_schema,
        pre_transform_stats,
        post_transform_schema,
        post_transform_stats,
    )
    settings = Settings(str(module_file), preprocessing_fn, splits_config, custom_config)
    run(examples, schema, outputs, settings, context)
