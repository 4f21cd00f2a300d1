"""What changed from one schema to another, feature by feature."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.data.schema_facts import Facts, domain_values, feature_facts

WHOLE_SCHEMA = ""
"""The name under which changes stand that are about no single feature."""

SHOWN_VALUES = 20


@dataclass(frozen=True)
class Change:
    """One change in words: of `feature`, or of the whole schema where that is ""."""

    feature: str
    text: str


def schema_changes(old: schema_pb2.Schema, new: schema_pb2.Schema) -> list[Change]:
    """Every change from `old` to `new`: features that went, came or changed, then what concerns the whole schema."""
    before = {feature.name: feature for feature in old.feature}
    after = {feature.name: feature for feature in new.feature}
    changes = [Change(name, "is gone") for name in before if name not in after]
    for name, feature in after.items():
        facts = feature_facts(feature, new)
        if name in before:
            changes += [Change(name, text) for text in _changed(before[name], old, feature, new)]
        else:
            changes.append(Change(name, f"is new: {_in_words(facts)}"))
    return changes + [Change(WHOLE_SCHEMA, text) for text in _schema_level(old, new)]


def _changed(
    old: schema_pb2.Feature, old_schema: schema_pb2.Schema, new: schema_pb2.Feature, new_schema: schema_pb2.Schema
) -> list[str]:
    before, after = feature_facts(old, old_schema), feature_facts(new, new_schema)
    texts = []
    for name in {**before, **after}:
        first, second = before.get(name, ""), after.get(name, "")
        if first == second:
            continue
        if name == "domain":
            texts.append(_domain_change(domain_values(old, old_schema), domain_values(new, new_schema), first, second))
        else:
            texts.append(f"{name}: {first or 'none'} -> {second or 'none'}")
    return texts


def _domain_change(old: list[str], new: list[str], first: str, second: str) -> str:
    if not (old and new):
        return f"domain: {first or 'any value'} -> {second or 'any value'}"
    added = [value for value in new if value not in set(old)]
    gone = [value for value in old if value not in set(new)]
    parts = [f"{sign}{_listed(values)}" for sign, values in (("+ ", added), ("- ", gone)) if values]
    return f"domain: {', '.join(parts) or 'in another order'}"


def _listed(values: list[str]) -> str:
    more = f" and {len(values) - SHOWN_VALUES} more" if len(values) > SHOWN_VALUES else ""
    return ", ".join(repr(value) for value in values[:SHOWN_VALUES]) + more


def _in_words(facts: Facts) -> str:
    return "; ".join(f"{name} {fact}" for name, fact in facts.items())


def _schema_level(old: schema_pb2.Schema, new: schema_pb2.Schema) -> list[str]:
    texts = []
    for field in old.DESCRIPTOR.fields:
        if field.name in ("feature", "string_domain"):
            continue
        first, second = _field_text(old, field.name), _field_text(new, field.name)
        if first != second:
            texts.append(f"{field.name}: {first or 'none'} -> {second or 'none'}")
    return texts


def _field_text(schema: schema_pb2.Schema, name: str) -> str:
    """One field of a schema as text, whatever its type."""
    only = schema_pb2.Schema()
    only.CopyFrom(schema)
    for field in schema.DESCRIPTOR.fields:
        if field.name != name:
            only.ClearField(field.name)
    return text_format.MessageToString(only, as_one_line=True)
