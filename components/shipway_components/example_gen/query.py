"""ExampleGen over a database: from its parameters to the finished artifact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shipway.artifacts import Examples, digest_texts
from shipway.data.configs import DEFAULT_INPUT_SPLIT, parse_output_config
from shipway.data.readers.errors import NoQueryRows
from shipway.data.readers.sql_reader import SOURCE, query_batches, span_parameters
from shipway.data.readers.sql_url import Database
from shipway_components.example_gen.ingest import SourcedBatch, write_splits


def generate_from_query(
    examples: Examples,
    url: str,
    query: str,
    parameters: Mapping[str, Any],
    output_config: dict[str, Any],
    span: int,
    progress: Callable[[int], None],
) -> None:
    """Run the query and write `examples`, whose payload format is set.

    Raises what is wrong with the parameters (`UsageError`) or with the query and its result (`InputError`).
    """
    output = parse_output_config(output_config, 1)
    database = Database(url)
    bound = {**span_parameters(query, span), **parameters}

    def read() -> Iterator[SourcedBatch]:
        for batch in query_batches(database, query, bound):
            yield DEFAULT_INPUT_SPLIT, SOURCE, batch

    if not write_splits(read, [DEFAULT_INPUT_SPLIT], output, examples, progress):
        raise NoQueryRows
    examples.span = span
    examples.version = 0
    examples.metadata["fingerprint"] = digest_texts(
        [url, query, *(f"{name}={bound[name]!r}" for name in sorted(bound))]
    )
