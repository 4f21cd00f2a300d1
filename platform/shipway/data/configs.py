"""The dict parameters of ExampleGen: the JSON form of TFX's `example_gen.proto` and `range_config.proto`, checked.

Both spellings of protobuf's JSON are understood (`split_config` and `splitConfig`). An unknown key is an error: a
misspelt option that is silently ignored gives other data than the one that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shipway.errors import UsageError

DEFAULT_PATTERN = "*"
DEFAULT_INPUT_SPLIT = "single_split"


class InvalidConfig(UsageError):
    """A dict parameter that does not have the form it should."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"The parameter {where} {problem}: {remedy}.")


@dataclass(frozen=True)
class InputSplit:
    """A named set of input files."""

    name: str
    pattern: str


@dataclass(frozen=True)
class OutputSplit:
    """A named share of the rows: `hash_buckets` out of the sum over all output splits."""

    name: str
    hash_buckets: int


@dataclass(frozen=True)
class CsvOptions:
    """How CSV files are written, beyond what their content says.

    `delimiter`: one character. `encoding`: a codec's name, or "binary" to keep columns that are not UTF-8 as bytes.
    `null_values`: the cells that count as missing beside empty ones, in their exact spelling. `text_columns`: columns
    that are text whatever they look like, such as identifiers with leading zeros.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    null_values: tuple[str, ...] = ()
    text_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class InputConfig:
    """Which files are read, and as what."""

    splits: tuple[InputSplit, ...] = (InputSplit(DEFAULT_INPUT_SPLIT, DEFAULT_PATTERN),)
    csv: CsvOptions = field(default_factory=CsvOptions)


@dataclass(frozen=True)
class OutputConfig:
    """How rows are put into splits; without splits they stay in those of the input."""

    splits: tuple[OutputSplit, ...] = ()
    partition_feature_name: str = ""


def parse_input_config(config: Mapping[str, Any]) -> InputConfig:
    """`{"splits": [{"name", "pattern"}], "csv": {...}}` with the fields of `CsvOptions`; raises `InvalidConfig`."""
    known = known_keys("input_config", config, {"splits": list, "csv": dict})
    splits = tuple(
        InputSplit(**known_keys("input_config.splits", split, {"name": str, "pattern": str}, required=True))
        for split in known.get("splits", [])
    )
    _check_names("input_config.splits", [split.name for split in splits])
    csv_keys = {"delimiter": str, "encoding": str, "null_values": list, "text_columns": list}
    options = known_keys("input_config.csv", known.get("csv", {}), csv_keys)
    if len(options.get("delimiter", ",")) != 1:
        raise InvalidConfig("input_config.csv", f"has the delimiter {options['delimiter']!r}", "give one character")
    for key in options.keys() & {"null_values", "text_columns"}:
        options[key] = tuple(str(value) for value in options[key])
    csv = CsvOptions(**options)
    return InputConfig(splits, csv) if splits else InputConfig(csv=csv)


def parse_output_config(config: Mapping[str, Any], input_splits: int) -> OutputConfig:
    """`{"split_config": {"splits": [{"name", "hash_buckets"}], "partition_feature_name"}}`; raises `InvalidConfig`.

    As in TFX, one input split without an output configuration is divided 2:1 into train and eval, several input splits
    stay as they are, and output splits of several input splits are an error.
    """
    known = known_keys("output_config", config, {"split_config": dict})
    where = "output_config.split_config"
    split_config = known_keys(where, known.get("split_config", {}), {"splits": list, "partition_feature_name": str})
    splits = tuple(
        OutputSplit(**known_keys(f"{where}.splits", split, {"name": str, "hash_buckets": int}, required=True))
        for split in split_config.get("splits", [])
    )
    feature = split_config.get("partition_feature_name", "")
    if not splits and input_splits == 1:
        splits = (OutputSplit("train", 2), OutputSplit("eval", 1))
    if (splits or feature) and input_splits > 1:
        raise InvalidConfig(
            where, f"divides rows that {input_splits} input splits name already", "give one or the other"
        )
    _check_names(f"{where}.splits", [split.name for split in splits])
    for split in splits:
        if split.hash_buckets <= 0:
            raise InvalidConfig(where, f"gives {split.name!r} {split.hash_buckets} hash_buckets", "give at least 1")
    return OutputConfig(splits, feature)


def known_keys(where: str, config: Any, kinds: Mapping[str, type], *, required: bool = False) -> dict[str, Any]:
    """`config` with its keys in snake case and its values of the kinds given; raises `InvalidConfig`."""
    if not isinstance(config, Mapping):
        raise InvalidConfig(where, f"holds {config!r}", "give a dict with " + ", ".join(kinds))
    values: dict[str, Any] = {}
    for key, value in config.items():
        name = re.sub(r"(?<=[a-z])([A-Z])", lambda capital: "_" + capital.group(1).lower(), str(key))
        if name not in kinds:
            raise InvalidConfig(where, f"has the unknown key {key!r}", "the keys are " + ", ".join(kinds))
        values[name] = _checked(f"{where}.{name}", value, kinds[name])
    absent = [name for name in kinds if required and not values.get(name)]
    if absent:
        raise InvalidConfig(where, f"has an entry without {absent[0]!r}", "give each " + " and ".join(kinds))
    return values


def _checked(where: str, value: Any, kind: type) -> Any:
    if kind is int and isinstance(value, str | float) and re.fullmatch(r"\d+(\.0)?", str(value)):
        return int(float(value))
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InvalidConfig(where, f"is {value!r}", f"give a value of type {kind.__name__}")
    return value


def _check_names(where: str, names: list[str]) -> None:
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise InvalidConfig(where, f"has the split name {name!r}", "use letters, digits, '_', '-' and '.'")
        if names.count(name) > 1:
            raise InvalidConfig(where, f"names the split {name!r} twice", "give each split its own name")
