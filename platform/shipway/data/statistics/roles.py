"""What a schema says of a feature that its values alone do not tell: opaque bytes, or numbers that are categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

CATEGORICAL_DOMAINS = ("bool_domain", "natural_language_domain")


@dataclass(frozen=True)
class FeatureRole:
    """`categorical_kind` is the kind of number (INT, FLOAT) that the schema says is a category; None for none."""

    is_bytes: bool = False
    categorical_kind: int | None = None


PLAIN = FeatureRole()


def feature_roles(schema: schema_pb2.Schema | None) -> Mapping[str, FeatureRole]:
    """The roles of a schema's features by name; features without a special role are left out."""
    if schema is None:
        return {}
    found = {feature.name: _role(feature) for feature in schema.feature}
    return {name: role for name, role in found.items() if role != PLAIN}


def _role(feature: schema_pb2.Feature) -> FeatureRole:
    domain = feature.WhichOneof("domain_info")
    if domain == "image_domain":
        return FeatureRole(is_bytes=True)
    if feature.type == schema_pb2.INT and (
        domain in CATEGORICAL_DOMAINS or (domain == "int_domain" and feature.int_domain.is_categorical)
    ):
        return FeatureRole(categorical_kind=statistics_pb2.FeatureNameStatistics.INT)
    if feature.type == schema_pb2.FLOAT and domain == "float_domain" and feature.float_domain.is_categorical:
        return FeatureRole(categorical_kind=statistics_pb2.FeatureNameStatistics.FLOAT)
    return PLAIN
