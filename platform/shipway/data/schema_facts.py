"""A schema in words: what each feature has to be like, as short facts that people read and that can be compared."""

from __future__ import annotations

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

Facts = dict[str, str]

STATED = (
    "name", "deprecated", "type", "presence", "group_presence", "shape", "value_count", "value_counts", "domain",
    "string_domain", "in_environment", "not_in_environment", "drift_comparator", "skew_comparator", "lifecycle_stage",
)  # fmt: skip
"""The fields of a feature that have a fact of their own; all others are in the fact "more", as text."""


def schema_facts(schema: schema_pb2.Schema) -> dict[str, Facts]:
    """The facts of each feature, by name, in the schema's order."""
    return {feature.name: feature_facts(feature, schema) for feature in schema.feature}


def feature_facts(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> Facts:
    """The facts of one feature that say something; a fact that does not apply is left out."""
    facts = {
        "type": _type(feature, schema),
        "presence": _presence(feature),
        "values": _values(feature),
        "domain": _domain(feature, schema),
        "environments": _environments(feature),
        "drift": _comparator(feature.drift_comparator),
        "skew": _comparator(feature.skew_comparator),
        "stage": schema_pb2.LifecycleStage.Name(feature.lifecycle_stage) if feature.lifecycle_stage else "",
        "more": _rest(feature),
    }
    return {name: fact for name, fact in facts.items() if fact}


def domain_values(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> list[str]:
    """The strings that a feature may be, in the schema's order; empty where any string will do."""
    if feature.WhichOneof("domain_info") == "string_domain":
        return list(feature.string_domain.value)
    if feature.WhichOneof("domain_info") == "domain":
        return next((list(domain.value) for domain in schema.string_domain if domain.name == feature.domain), [])
    return []


def _type(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> str:
    if feature.type == schema_pb2.BYTES and domain_values(feature, schema):
        return "STRING"
    return schema_pb2.FeatureType.Name(feature.type)


def _presence(feature: schema_pb2.Feature) -> str:
    if feature.HasField("group_presence"):
        return "required in its group" if feature.group_presence.required else "optional in its group"
    fraction = feature.presence.min_fraction
    if fraction >= 1:
        return "required"
    return f"in {100 * fraction:g} % of rows" if fraction else "optional"


def _values(feature: schema_pb2.Feature) -> str:
    if feature.HasField("shape"):
        sizes = [str(dimension.size) for dimension in feature.shape.dim]
        return "x".join(sizes) if sizes else "1"
    if feature.HasField("value_count"):
        return _range(feature.value_count)
    return ", ".join(_range(count) for count in feature.value_counts.value_count)


def _range(count: schema_pb2.ValueCount) -> str:
    if count.min == count.max:
        return str(count.min)
    return f"{count.min} to {count.max}" if count.max else f"{count.min} or more"


def _domain(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> str:
    values = domain_values(feature, schema)
    if values:
        return ", ".join(repr(value) for value in values)
    kind = feature.WhichOneof("domain_info")
    if kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        least = f"{domain.min:g}" if domain.HasField("min") else ""
        greatest = f"{domain.max:g}" if domain.HasField("max") else ""
        bounds = " ".join(filter(None, (f"from {least}" if least else "", f"up to {greatest}" if greatest else "")))
        return ", ".join(filter(None, (bounds, "categories" if domain.is_categorical else "")))
    if kind == "bool_domain":
        return "0 or 1" if feature.type != schema_pb2.BYTES else "true or false"
    return str(kind).removesuffix("_domain").replace("_", " ") if kind not in (None, "domain", "string_domain") else ""


def _environments(feature: schema_pb2.Feature) -> str:
    inside, outside = list(feature.in_environment), list(feature.not_in_environment)
    only = f"only {', '.join(inside)}" if inside else ""
    without = f"not {', '.join(outside)}" if outside else ""
    return "; ".join(filter(None, (only, without)))


def _comparator(comparator: schema_pb2.FeatureComparator) -> str:
    names = {"infinity_norm": "L-infinity", "jensen_shannon_divergence": "Jensen-Shannon"}
    names["normalized_abs_difference"] = "normalized absolute difference"
    limits = [
        f"{words} up to {getattr(comparator, name).threshold:g}"
        for name, words in names.items()
        if name in comparator.DESCRIPTOR.fields_by_name and comparator.HasField(name)
    ]
    return ", ".join(limits)


def _rest(feature: schema_pb2.Feature) -> str:
    """What no other fact says."""
    rest = schema_pb2.Feature()
    rest.CopyFrom(feature)
    for name in STATED:
        if name in rest.DESCRIPTOR.fields_by_name:
            rest.ClearField(name)
    domain = rest.WhichOneof("domain_info")
    if domain in ("int_domain", "float_domain"):
        for name in ("min", "max", "is_categorical"):
            getattr(rest, domain).ClearField(name)
    if domain is not None and not getattr(rest, domain).ByteSize():
        rest.ClearField(domain)
    return text_format.MessageToString(rest, as_one_line=True)
