"""ExampleGen: rows out of files or a database become Examples, divided into splits, with the span that they are of."""

from typing import Any

from shipway.artifacts import Examples, Files
from shipway.step import Input, Output, StepContext, step


def _files_state(
    source: Files | None,
    input_base: str,
    input_config: dict[str, Any],
    range_config: dict[str, Any],
    spans: str,
) -> str:
    from shipway_components.example_gen.fingerprint import input_fingerprint

    return input_fingerprint(source, input_base, input_config, range_config, spans)


def _database_state(url: str, data_version: str) -> str:
    from shipway_components.example_gen.fingerprint import database_fingerprint

    return database_fingerprint(url, data_version)


@step(image="data", cpu="2", memory="4Gi", reads=_files_state)
def example_gen(
    context: StepContext,
    examples: Output[Examples],
    source: Input[Files] | None = None,
    input_base: str = "",
    input_format: str = "auto",
    input_config: dict[str, Any] = {},
    output_config: dict[str, Any] = {},
    range_config: dict[str, Any] = {},
    spans: str = "",
    payload_format: str = "parquet",
) -> None:
    """Reads CSV, TFRecord, Parquet or Avro files into splits of examples.

    Args:
        context: where progress goes.
        examples: the rows in splits, with span, version and row counts.
        source: a folder of files made by another task, instead of `input_base`.
        input_base: a folder or one file, also in a bucket (`s3://`, `minio://`, `gs://`); below it the patterns of
            `input_config` are matched.
        input_format: csv, tfrecord, parquet or avro; auto looks at the files.
        input_config: TFX's Input as JSON: `{"splits": [{"name": "all", "pattern": "day-{SPAN}/*.csv"}]}`; beside the
            splits `{"csv": {"delimiter": ";", "encoding": "latin-1", "null_values": ["NA"], "text_columns": ["zip"]}}`.
        output_config: TFX's Output as JSON: `{"split_config": {"splits": [{"name": "train", "hash_buckets": 2},
            {"name": "eval", "hash_buckets": 1}], "partition_feature_name": "user"}}`. Default: train and eval, 2:1 by a
            hash of the row; with several input splits these.
        range_config: TFX's RangeConfig as JSON, with a static or a rolling range of spans.
        spans: the same in short: "3", "1-9", "latest" (the default), "last-3" or "all". Several spans are merged.
        payload_format: parquet or tfrecord.
    """
    from shipway.data.configs import parse_input_config
    from shipway_components.example_gen import ingest
    from shipway_components.example_gen.generate import generate_from_files
    from shipway_components.example_gen.remote_source import fetched_input, lies_in_bucket
    from shipway_components.example_gen.source import chosen_spans, input_folder

    examples.payload_format = ingest.payload_format(payload_format)
    config, wanted = parse_input_config(input_config), chosen_spans(spans, range_config)
    folder, fingerprint = input_folder(source, input_base), ""
    if source is None and lies_in_bucket(input_base):
        folder, fingerprint = fetched_input(input_base, config, wanted, context.work_dir / "input" / folder.name)
    generate_from_files(
        examples, folder, config, output_config, wanted, input_format, context.progress, fingerprint
    )  # fmt: skip


@step(image="data", cpu="1", memory="2Gi", reads=_database_state)
def sql_example_gen(
    context: StepContext,
    examples: Output[Examples],
    url: str,
    query: str,
    query_parameters: dict[str, Any] = {},
    output_config: dict[str, Any] = {},
    span: int = 0,
    data_version: str = "",
    payload_format: str = "parquet",
) -> None:
    """Reads the rows of a SQL query (PostgreSQL or SQLite) into splits of examples.

    Args:
        context: where progress goes.
        examples: the rows in splits, with span and row counts.
        url: `postgresql://user:${DB_PASSWORD}@host:5432/database` or `sqlite:////path.db`. A password in clear is
            refused, since parameters are recorded; `${NAME}` stands for an environment variable.
        query: a SELECT with parameters as `:name`. Where it names them, `:span_begin_timestamp`, `:span_end_timestamp`
            and `:span_yyyymmdd_utc` are the day of `span`, as in TFX.
        query_parameters: values for the parameters, bound by the driver; a list for `IN :name`.
        output_config: as in example_gen.
        span: the span that is recorded, days since 1970-01-01 where a query uses the span's day.
        data_version: any name for the state of the tables. With it a result is reused until the name changes; without
            it PostgreSQL is always asked again, and an SQLite file when it has changed.
        payload_format: parquet or tfrecord.
    """
    from shipway_components.example_gen import ingest
    from shipway_components.example_gen.query import generate_from_query

    examples.payload_format = ingest.payload_format(payload_format)
    generate_from_query(examples, url, query, query_parameters, output_config, span, context.progress)
