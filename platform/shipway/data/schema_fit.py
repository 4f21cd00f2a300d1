"""A schema changed as little as it takes for data to fit it, feature by feature as a person chooses."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from shipway.data.errors import listing
from shipway.data.schema_facts import feature_facts
from shipway.data.validation_engine import update_schema
from shipway.errors import UsageError


class NothingToAccept(UsageError):
    """A feature that was chosen though nothing about it would change."""

    def __init__(self, feature: str, changed: Sequence[str]) -> None:
        super().__init__(
            f"Nothing would change about the feature {feature!r}: what would change is {listing(changed)}."
        )


def fitted_schema(
    schema: schema_pb2.Schema,
    statistics: Sequence[statistics_pb2.DatasetFeatureStatistics],
    environment: str = "",
    only: Collection[str] = (),
) -> schema_pb2.Schema:
    """`schema` after each of `statistics` has widened it, as `tfdv.update_schema` does.

    A feature that no data has any more becomes DEPRECATED, but not one that `environment` leaves out. `only` names the
    features that may change; all may when it is empty. Raises `NothingToAccept`.
    """
    wide = schema
    for dataset in statistics:
        wide = update_schema(wide, dataset)
    present = {feature.path.step[0] for dataset in statistics for feature in dataset.features}
    kept = {feature.name for feature in schema.feature if not _belongs(feature, environment, schema)} - present
    before = {feature.name: feature for feature in schema.feature}
    changed = [
        feature.name
        for feature in wide.feature
        if feature.name not in kept
        and (feature.name not in before or _differs(before[feature.name], schema, feature, wide))
    ]
    for name in only:
        if name not in changed:
            raise NothingToAccept(name, changed)
    return _with_features(schema, wide, [name for name in changed if not only or name in only])


def _belongs(feature: schema_pb2.Feature, environment: str, schema: schema_pb2.Schema) -> bool:
    """Whether a feature is expected in an environment: named there, or by default and not excepted."""
    if not environment or environment in feature.in_environment:
        return True
    return environment in schema.default_environment and environment not in feature.not_in_environment


def _differs(
    old: schema_pb2.Feature, old_schema: schema_pb2.Schema, new: schema_pb2.Feature, new_schema: schema_pb2.Schema
) -> bool:
    return old != new or feature_facts(old, old_schema) != feature_facts(new, new_schema)


def _with_features(schema: schema_pb2.Schema, wide: schema_pb2.Schema, chosen: Collection[str]) -> schema_pb2.Schema:
    """`schema` with the chosen features, and the domains that they refer to, as they are in `wide`."""
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    known = {feature.name: feature for feature in result.feature}
    domains = {domain.name: domain for domain in result.string_domain}
    for feature in wide.feature:
        if feature.name not in chosen:
            continue
        (known[feature.name] if feature.name in known else result.feature.add()).CopyFrom(feature)
        for domain in wide.string_domain:
            if domain.name == feature.domain and feature.WhichOneof("domain_info") == "domain":
                (domains[domain.name] if domain.name in domains else result.string_domain.add()).CopyFrom(domain)
    return result
