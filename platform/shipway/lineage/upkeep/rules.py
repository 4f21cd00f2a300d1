"""What must never be in a store, rule by rule, as statements that every database understands."""

from __future__ import annotations

from dataclasses import dataclass

from shipway.lineage.upkeep.tables import select

MOST_OF_A_KIND = 100
ONE_MORE = f"LIMIT {MOST_OF_A_KIND + 1}"


@dataclass(frozen=True)
class Rule:
    """A statement whose every row is a finding, and the sentence that its values go into."""

    kind: str
    sentence: str
    sql: str


def _dangling(child: str, column: str, parent: str, name: str = "id") -> Rule:
    """Rows of `child`, told by `name`, whose `column` is the id of no row of `parent`."""
    joined = f"{child} AS c LEFT JOIN {parent} AS p ON p.id = c.{column} WHERE p.id IS NULL"
    return Rule(
        f"{child.lower()}-without-{parent.lower()}",
        f"{child} {{0}} refers to {parent.lower()} {{1}}, which is not there",
        select((f"DISTINCT c.{name}", f"c.{column}"), joined, f"ORDER BY 1, 2 {ONE_MORE}"),
    )


def _typed(node: str, kind: int) -> Rule:
    joined = f"{node} AS c LEFT JOIN Type AS p ON p.id = c.type_id AND p.type_kind = {kind} WHERE p.id IS NULL"
    return Rule(
        f"{node.lower()}-without-type",
        f"{node} {{0}} has type {{1}}, which is not there or of another kind",
        select(("c.id", "c.type_id"), joined, f"ORDER BY 1 {ONE_MORE}"),
    )


def _doubled(node: str) -> Rule:
    grouped = f"WHERE name IS NOT NULL GROUP BY type_id, name HAVING COUNT(*) > 1 {ONE_MORE}"
    return Rule(
        f"{node.lower()}-name-twice",
        f"{node} {{0}} has the same type and name as {{1}}: {{2!r}}",
        select(("MAX(id)", "MIN(id)", "name"), node, grouped),
    )


RULES = (
    _typed("Artifact", 1),
    _typed("Execution", 0),
    _typed("Context", 2),
    _dangling("Event", "artifact_id", "Artifact"),
    _dangling("Event", "execution_id", "Execution"),
    _dangling("EventPath", "event_id", "Event", "event_id"),
    _dangling("Attribution", "context_id", "Context"),
    _dangling("Attribution", "artifact_id", "Artifact"),
    _dangling("Association", "context_id", "Context"),
    _dangling("Association", "execution_id", "Execution"),
    _dangling("ParentContext", "context_id", "Context", "parent_context_id"),
    _dangling("ParentContext", "parent_context_id", "Context", "context_id"),
    _dangling("ParentType", "type_id", "Type", "parent_type_id"),
    _dangling("ParentType", "parent_type_id", "Type", "type_id"),
    _dangling("TypeProperty", "type_id", "Type", "name"),
    _dangling("ArtifactProperty", "artifact_id", "Artifact", "name"),
    _dangling("ExecutionProperty", "execution_id", "Execution", "name"),
    _dangling("ContextProperty", "context_id", "Context", "name"),
    _doubled("Artifact"),
    _doubled("Execution"),
    _doubled("Context"),
    Rule(
        "type-twice",
        "Type {0} has the same kind, name and version as type {1}: {2!r}",
        select(
            ("MAX(id)", "MIN(id)", "name"),
            "Type",
            f"GROUP BY type_kind, name, version HAVING COUNT(*) > 1 {ONE_MORE}",
        ),
    ),
)
