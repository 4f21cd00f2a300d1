"""SchemaGen: what the data is expected to look like, inferred from statistics or curated by people."""

from shipway.artifacts import ExampleStatistics, Schema
from shipway.step import Input, Output, step


@step(image="data")
def schema_gen(
    statistics: Input[ExampleStatistics],
    schema: Output[Schema],
    infer_feature_shape: bool = True,
    exclude_splits: list[str] = [],
) -> None:
    """Infer a schema that the statistics of all splits fit.

    Args:
        statistics: from statistics_gen.
        schema: `schema.pbtxt`.
        infer_feature_shape: give a fixed shape to a feature that has the same number of values in every row.
        exclude_splits: names of splits that the schema need not fit.
    """
    from shipway_components.schema_gen.infer import infer

    infer(statistics, schema, infer_feature_shape, exclude_splits)


def curated_file(schema_file: str) -> str:
    """The fingerprint of the curated schema file."""
    from shipway.artifacts import digest_file
    from shipway.artifacts.object_store import brought

    path = brought(schema_file)
    return digest_file(path) if path.is_file() else ""


@step(image="data", reads=curated_file)
def import_schema_gen(schema: Output[Schema], schema_file: str) -> None:
    """Take over a schema that people have written or corrected.

    Args:
        schema: `schema.pbtxt`, the file as it is.
        schema_file: path of the curated schema, as text.
    """
    from shipway_components.schema_gen.curated import take_over

    take_over(schema, schema_file)
