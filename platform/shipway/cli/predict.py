"""`shipway predict`: answers of a model for the rows of a file, from a server or from a model's folder."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import UsageError, in_one_line

if TYPE_CHECKING:
    from shipway.cli.prediction.asking import AskedModel, Columns
    from shipway.cli.prediction.rows import RowBatch, Rows
    from shipway.data.model.signature import Signature

ROWS_A_REQUEST = 256
FORMATS = ("jsonl", "csv", "text")
INPUT_FORMATS = ("csv", "json", "jsonl", "parquet")
SECONDS_BETWEEN_LINES = 5.0


class FolderOnly(UsageError):
    """Something that only makes sense for a model's folder."""

    def __init__(self, option: str, model: str) -> None:
        super().__init__(f"{option} is for a model's folder, and {model!r} is an address: leave one of them out.")


class ServerOnly(UsageError):
    """Something that only makes sense for a server."""

    def __init__(self, option: str, model: str) -> None:
        super().__init__(f"{option} is for a server, and {model!r} is no address: leave it out.")


class NoFile(UsageError):
    """A server without rows to ask it."""

    def __init__(self, model: str) -> None:
        super().__init__(f"Name a file of rows for {model}, or '-': CSV, JSON, JSON lines or Parquet.")


class TooFew(UsageError):
    """A number that must be at least one."""

    def __init__(self, option: str, value: float) -> None:
        super().__init__(f"{option} is {value:g} and must be more than 0.")


class BadToken(UsageError):
    """A token file that cannot be read."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"The token file {str(file)!r} cannot be read ({reason}): give a text file with the token.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="http://host:8501/v1/models/NAME, or a pushed model: its folder, one version of it, or the name of the "
        "pipeline that pushed it",
    )
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="rows as CSV, JSON, JSON lines or Parquet; '-': standard input (default, for a folder: one of the rows "
        "that the model was evaluated on)",
    )
    parser.add_argument("--serve", action="store_true", help="start the model server on the folder, ask it, stop it")
    which = parser.add_argument_group("which model")
    which.add_argument("--model", dest="model_name", default="", metavar="NAME", help="its name, for a bare address")
    which.add_argument("--version", type=int, metavar="N", help="one version (default: the server's, or the highest)")
    which.add_argument("--label", metavar="LABEL", help="the version with this label")
    which.add_argument("--signature", default="", metavar="NAME", help="default: predict_features, or serving_default")
    which.add_argument("--token-file", type=Path, metavar="FILE", help="the server's token")
    which.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="for each request (default: 30)")
    rows = parser.add_argument_group("rows and answers")
    rows.add_argument("--input-format", choices=INPUT_FORMATS, default="", help="default: found out")
    rows.add_argument("--rows", type=int, metavar="N", help="only the first N")
    rows.add_argument(
        "--batch-size", type=int, default=ROWS_A_REQUEST, metavar="N", help="rows in a request (default: %(default)s)"
    )
    rows.add_argument("--keep", default="", metavar="NAMES", help="columns to repeat beside the answers, with commas")
    rows.add_argument("--output", default="-", metavar="FILE", help="where answers go (default: standard output)")
    rows.add_argument("--format", choices=FORMATS, help="default: by the file's ending, else jsonl")


def run(options: argparse.Namespace) -> int:
    _check(options)
    with ExitStack() as stack:
        _predict(options, stack)
    return 0


def _check(options: argparse.Namespace) -> None:
    from shipway.cli.prediction.places import is_address

    for option, value in (
        ("--rows", options.rows),
        ("--batch-size", options.batch_size),
        ("--timeout", options.timeout),
    ):
        if value is not None and value <= 0:
            raise TooFew(option, value)
    if is_address(options.model):
        if options.serve:
            raise FolderOnly("--serve", options.model)
        if options.file is None:
            raise NoFile(options.model)
        return
    given = {"--label": options.label, "--model": options.model_name, "--token-file": options.token_file}
    for option, value in given.items():
        if value:
            raise ServerOnly(option, options.model)


def _predict(options: argparse.Namespace, stack: ExitStack) -> None:
    from shipway.cli.prediction.answers import output_stream, sink_of

    source = _source(options, stack)
    model = _model(options, stack)
    kept = [name for name in options.keep.split(",") if name]
    sink = sink_of(_format(options), stack.enter_context(output_stream(options.output)), kept, model)
    progress = _Progress()
    for batch, columns in _fed(options, source, model.signature):
        sink.write(batch, model.predict(columns))
        progress.add(batch.count)


def _source(options: argparse.Namespace, stack: ExitStack) -> Rows:
    from shipway.cli.prediction.own_examples import OwnExamples
    from shipway.cli.prediction.rows import open_rows

    if options.file is None:
        return OwnExamples(options.settings, _folder(options))
    return stack.enter_context(open_rows(options.file, options.input_format))


def _model(options: argparse.Namespace, stack: ExitStack) -> AskedModel:
    from shipway.cli.prediction.asking import LoadedModel, ServedModel
    from shipway.cli.prediction.places import Address, is_address
    from shipway.client import Client

    token = None
    if is_address(options.model):
        address = Address.of(options.model, options.model_name)
        token = _token(options.token_file)
    elif options.serve:
        from shipway.cli.prediction.serving_here import serving_here

        address = stack.enter_context(serving_here(_folder(options)))
    else:
        return LoadedModel(_folder(options), options.signature)
    client = stack.enter_context(Client(address.url, address.model, token, options.timeout))
    version = address.version if options.version is None else options.version
    return ServedModel(client, options.signature, version, options.label or address.label)


def _folder(options: argparse.Namespace) -> Path:
    """The folder of the version that is meant; a name that is no folder is that of the pipeline that pushed it."""
    from shipway.cli.prediction.places import version_folder
    from shipway.cli.serve import pushed_destination

    model = options.model
    if "/" not in model and not Path(model).is_dir():
        model = str(pushed_destination(model, options.settings))
    return version_folder(model, options.version)


def _token(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadToken(file, in_one_line(error)) from error


def _fed(options: argparse.Namespace, source: Rows, signature: Signature) -> Iterator[tuple[RowBatch, Columns]]:
    """Batches of rows, each with what the model is asked with."""
    from shipway.cli.prediction.values import converted

    if signature.takes_examples:
        from shipway.cli.prediction.examples import encoded, typed_batches

        for batch in typed_batches(source, signature, options.batch_size, _limit(options)):
            yield batch, encoded(source.name, batch, signature)
        return
    only = next(iter(signature.inputs)) if len(signature.inputs) == 1 else ""
    for batch in source.batches(options.batch_size, _limit(options), only):
        yield batch, converted(batch, signature)


def _limit(options: argparse.Namespace) -> int | None:
    """Without a file, one row is a question and a hundred thousand are not."""
    return 1 if options.file is None and options.rows is None else options.rows


def _format(options: argparse.Namespace) -> str:
    if options.format:
        return options.format
    if options.output == "-":
        return "text" if options.file is None else "jsonl"
    return "csv" if options.output.lower().endswith(".csv") else "jsonl"


class _Progress:
    """A line on standard error every few seconds."""

    def __init__(self) -> None:
        self._started = self._said = time.monotonic()
        self._rows = 0

    def add(self, rows: int) -> None:
        self._rows += rows
        now = time.monotonic()
        if now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            print(f"{self._rows:,} rows, {self._rows / (now - self._started):,.0f} rows/s", file=sys.stderr)
