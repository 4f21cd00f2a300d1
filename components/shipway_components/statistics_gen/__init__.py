"""StatisticsGen: what a data set looks like, feature by feature, before anybody trains on it.

Everything after it that judges data (schema, validation, drift, skew, the post-transform checks) reads these statistics
and never the rows again.
"""

from typing import Any

from shipway.artifacts import HTML, Examples, ExampleStatistics, Schema, write_text
from shipway.step import Input, Output, StepContext, step


@step(image="data")
def statistics_gen(
    examples: Input[Examples],
    statistics: Output[ExampleStatistics],
    report: Output[HTML],
    context: StepContext,
    schema: Input[Schema] | None = None,
    stats_options: dict[str, Any] = {},
    exclude_splits: list[str] = [],
    sample_rate: float = 1.0,
    slices: list[Any] = [],
) -> None:
    """Compute statistics of every feature, for each split of the examples.

    Args:
        examples: the examples, of either payload format.
        statistics: `Split-<name>/FeatureStats.pb` for each split, in TFDV's format.
        report: a page with a table of the features of each split.
        context: where progress is told.
        schema: says which integers are categories and which features are opaque bytes.
        stats_options: options by TFDV's names, such as {"weight_feature": "weight", "num_top_values": 50}; the JSON of
            a TFDV StatsOptions is taken as it is.
        exclude_splits: names of splits to leave out.
        sample_rate: the part of the rows to look at, above 0 and at most 1.
        slices: what to make statistics of beside the whole split: "feature" (a slice for each of its values),
            ["feature", "other"] (for each combination) or {"feature": ["value", "other value"]}.
    """
    from shipway_components.statistics_gen import report as page
    from shipway_components.statistics_gen.generate import generate, read_options

    options, given_schema = read_options(stats_options, schema, sample_rate, slices)
    found = generate(examples, statistics, options, given_schema, exclude_splits, context.progress)
    write_text(report.path, page.report(found))
