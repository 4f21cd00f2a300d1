"""TFDV's own C++ code for schemas, without TFDV.

Importing tensorflow_data_validation imports TensorFlow and Beam, seconds for what takes milliseconds. Its schema code
is one extension module that needs neither: it is loaded from its file, under its own name, so that TFDV may be imported
later in the same process. Serialized protos go in and out.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from shipway.errors import EnvironmentFault, UsageError

PACKAGE = "tensorflow_data_validation"
MAX_STRING_DOMAIN_SIZE = 100


class ValidationEngineMissing(EnvironmentFault):
    """TFDV is not installed, or its extension module is not where it was."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The schema code of {PACKAGE} cannot be loaded ({reason}): install Shipway with its extra 'data'."
        )


def infer_schema(
    statistics: statistics_pb2.DatasetFeatureStatistics,
    infer_feature_shape: bool = True,
    max_string_domain_size: int = MAX_STRING_DOMAIN_SIZE,
) -> schema_pb2.Schema:
    """The schema that fits `statistics`: `tfdv.infer_schema`.

    A string feature of at most `max_string_domain_size` different values gets them as its domain;
    `infer_feature_shape` gives a fixed shape to features with the same number of values in every row.
    """
    usable = statistics_pb2.DatasetFeatureStatistics()
    usable.CopyFrom(statistics)
    del usable.features[:]
    usable.features.extend(feature for feature in statistics.features if feature.WhichOneof("stats"))
    content = _validation().InferSchema(usable.SerializeToString(), max_string_domain_size, infer_feature_shape)
    schema = schema_pb2.Schema.FromString(content)
    if hasattr(schema, "generate_legacy_feature_spec"):
        schema.generate_legacy_feature_spec = False
    return schema


def update_schema(
    schema: schema_pb2.Schema,
    statistics: statistics_pb2.DatasetFeatureStatistics,
    max_string_domain_size: int = MAX_STRING_DOMAIN_SIZE,
) -> schema_pb2.Schema:
    """`schema`, widened until `statistics` fit it: `tfdv.update_schema`."""
    content = _validation().UpdateSchema(
        schema.SerializeToString(), statistics.SerializeToString(), max_string_domain_size
    )
    return schema_pb2.Schema.FromString(content)


def validate_statistics(
    statistics: statistics_pb2.DatasetFeatureStatistics,
    schema: schema_pb2.Schema,
    environment: str = "",
    previous: statistics_pb2.DatasetFeatureStatistics | None = None,
    serving: statistics_pb2.DatasetFeatureStatistics | None = None,
) -> anomalies_pb2.Anomalies:
    """What in `statistics` breaks `schema`: `tfdv.validate_statistics`.

    `environment` is one of the schema's, "" for none; `previous` are the statistics to measure drift against, `serving`
    those to measure skew against, with the comparators and thresholds of the schema.
    """
    content = _validation().ValidateFeatureStatistics(
        statistics.SerializeToString(),
        schema.SerializeToString(),
        environment.encode(),
        b"" if previous is None else previous.SerializeToString(),
        b"" if serving is None else serving.SerializeToString(),
        b"",
        b"",
        b"",
        False,
    )
    return anomalies_pb2.Anomalies.FromString(content)


class BadCustomValidation(UsageError):
    """A custom validation that is none, or whose SQL does not run."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The custom_validation_config cannot be used ({problem}): see TFDV's CustomValidationConfig.")


def custom_anomalies(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    config: Mapping[str, Any],
    environment: str = "",
    previous: statistics_pb2.DatasetFeatureStatisticsList | None = None,
) -> anomalies_pb2.Anomalies:
    """What breaks the SQL conditions of `config`, the JSON form of TFDV's CustomValidationConfig.

    `previous` is what a condition on a pair of features calls `feature_base`. Raises `BadCustomValidation`.
    """
    from google.protobuf import json_format

    try:
        message = json_format.ParseDict(
            config, _module("anomalies.proto.custom_validation_config_pb2").CustomValidationConfig()
        )
        content = _validation().CustomValidateStatistics(
            statistics.SerializeToString(),
            b"" if previous is None else previous.SerializeToString(),
            message.SerializeToString(),
            environment.encode(),
        )
    except (json_format.ParseError, RuntimeError) as error:
        raise BadCustomValidation(str(error).strip().splitlines()[0]) from error
    return anomalies_pb2.Anomalies.FromString(content)


@functools.cache
def _validation() -> Any:
    return _module("pywrap.tensorflow_data_validation_extension").validation


@functools.cache
def _module(name: str) -> ModuleType:
    """A module of TFDV, loaded from its file unless TFDV is imported already."""
    full_name = f"{PACKAGE}.{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    path = _module_path(name)
    spec = importlib.util.spec_from_file_location(full_name, path)
    assert spec is not None
    assert spec.loader is not None
    try:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError as error:
        raise ValidationEngineMissing(str(error)) from error
    # Left there, it would keep `import` from setting the attributes of TFDV's packages.
    sys.modules.pop(full_name, None)
    return module


def _module_path(name: str) -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ValidationEngineMissing("it is not installed")
    path = Path(spec.origin).parent.joinpath(*name.split("."))
    for suffix in (".so", ".py"):
        if path.with_suffix(suffix).is_file():
            return path.with_suffix(suffix)
    raise ValidationEngineMissing(f"{str(path)!r} is no module")
