"""ExampleGen over files: from its parameters to the finished artifact."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from shipway.artifacts import Examples
from shipway.data.configs import InputConfig, parse_output_config
from shipway.data.readers import open_reader
from shipway.data.readers.errors import NoRows
from shipway.data.readers.formats import input_format
from shipway.data.spans import SpanRange, resolve_input
from shipway_components.example_gen.fingerprint import files_fingerprint
from shipway_components.example_gen.ingest import file_batches, write_splits


def generate_from_files(
    examples: Examples,
    folder: Path,
    config: InputConfig,
    output_config: dict[str, Any],
    spans: SpanRange | None,
    format_name: str,
    progress: Callable[[int], None],
    fingerprint: str = "",
) -> None:
    """Read the input's files and write `examples`, whose payload format is set; `fingerprint` is theirs where known.

    Raises what is wrong with the parameters (`UsageError`) or the files (`InputError`).
    """
    output = parse_output_config(output_config, len(config.splits))
    resolved = resolve_input(folder, config.splits, spans)
    files = list(chain.from_iterable(resolved.files.values()))
    examples.metadata["fingerprint"] = fingerprint or files_fingerprint(files)
    reader = open_reader(input_format(format_name, files), files, config.csv)
    if not write_splits(lambda: file_batches(reader, resolved.files), list(resolved.files), output, examples, progress):
        raise NoRows(files)
    examples.span = resolved.span
    examples.version = resolved.version or 0
    examples.metadata["first_span"] = resolved.spans[0] if resolved.spans else resolved.span
    examples.metadata["spans"] = json.dumps(list(resolved.spans))
