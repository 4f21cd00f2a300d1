"""TFDV's own C++ code for schemas, without TFDV.

Importing tensorflow_data_validation imports TensorFlow and Beam, seconds for what takes milliseconds. Its schema code
is one extension module that needs neither: it is loaded from its file, under its own name, so that TFDV may be imported
later in the same process. Serialized protos go in and out.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from shipway.errors import EnvironmentFault

PACKAGE = "tensorflow_data_validation"
EXTENSION = f"{PACKAGE}.pywrap.tensorflow_data_validation_extension"
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


@functools.cache
def _validation() -> Any:
    return (sys.modules.get(EXTENSION) or _load_extension()).validation


def _load_extension() -> ModuleType:
    path = _extension_path()
    loader = importlib.machinery.ExtensionFileLoader(EXTENSION, str(path))
    spec = importlib.util.spec_from_file_location(EXTENSION, path, loader=loader)
    assert spec is not None
    try:
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    except ImportError as error:
        raise ValidationEngineMissing(str(error)) from error
    # Left there, it would keep `import` from setting the attributes of TFDV's packages.
    sys.modules.pop(EXTENSION, None)
    return module


def _extension_path() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ValidationEngineMissing("it is not installed")
    path = Path(spec.origin).parent / "pywrap" / "tensorflow_data_validation_extension.so"
    if not path.is_file():
        raise ValidationEngineMissing(f"{str(path)!r} is no file")
    return path
