"""Schema files: tensorflow_metadata's Schema as text, with what is wrong in a file said by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import write_text
from shipway.data.errors import listing
from shipway.errors import InputError, UsageError

FILE_NAME = "schema.pbtxt"


class UnreadableSchema(InputError):
    """A schema file that is not there or cannot be opened."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The schema file {str(path)!r} cannot be read ({reason}): check the path.")


class MalformedSchema(InputError):
    """A schema file whose text does not parse."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        place = f" at line {line}" if line else ""
        super().__init__(f"The schema file {str(path)!r} has an error{place}: {problem.rstrip('.')}; correct the file.")


class InconsistentSchema(InputError):
    """A schema that parses and contradicts itself."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"The schema {source!r} {problem}: correct the file.")


class EmptySchema(InputError):
    """A schema file without a feature."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"The schema file {str(path)!r} names no feature: begin with what schema_gen infers.")


class UnknownEnvironment(UsageError):
    """An environment that the schema does not have."""

    def __init__(self, environment: str, known: Sequence[str]) -> None:
        way_out = f"it has {listing(known)}" if known else f"add default_environment: {environment!r} to it"
        super().__init__(f"The schema has no environment {environment!r}: {way_out}.")


def read_schema(path: Path) -> schema_pb2.Schema:
    """Read a schema file; raises `UnreadableSchema`, `MalformedSchema` and `InconsistentSchema`."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableSchema(path, "it is not UTF-8 text") from error
    except OSError as error:
        raise UnreadableSchema(path, error.strerror or str(error)) from error
    schema = schema_pb2.Schema()
    try:
        text_format.Parse(text, schema)
    except text_format.ParseError as error:
        raise MalformedSchema(path, error.GetLine(), _without_position(str(error))) from error
    check_schema(schema, str(path))
    return schema


def write_schema(path: Path, schema: schema_pb2.Schema) -> None:
    """Write a schema as text, whole or not at all."""
    write_text(path, schema_text(schema))


def schema_text(schema: schema_pb2.Schema) -> str:
    """The text form that `tfdv.load_schema_text` reads."""
    return text_format.MessageToString(schema, as_utf8=True)


def check_schema(schema: schema_pb2.Schema, source: str) -> None:
    """Raise `InconsistentSchema` for nameless or repeated features, and for domains that are not defined."""
    counts = Counter(feature.name for feature in schema.feature)
    if "" in counts:
        raise InconsistentSchema(source, "has a feature without a name")
    repeated = sorted(name for name, count in counts.items() if count > 1)
    if repeated:
        raise InconsistentSchema(source, f"has more than one entry for the features {listing(repeated)}")
    domains = {domain.name for domain in schema.string_domain}
    for feature in schema.feature:
        if feature.WhichOneof("domain_info") == "domain" and feature.domain not in domains:
            problem = f"gives the feature {feature.name!r} the domain {feature.domain!r}, which it does not define"
            raise InconsistentSchema(source, problem)


def check_environment(schema: schema_pb2.Schema, environment: str) -> None:
    """Raise `UnknownEnvironment` unless `environment` is "" or one of the schema's default environments."""
    if environment and environment not in schema.default_environment:
        raise UnknownEnvironment(environment, list(schema.default_environment))


def _without_position(message: str) -> str:
    """The parser's message without the `line:column : ` that it begins with."""
    position, separator, rest = message.partition(" : ")
    return rest if separator and position.replace(":", "").isdigit() else message
