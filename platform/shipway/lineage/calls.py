"""The reading calls of ML Metadata that lineage uses, as functions on ids and names. Lists come whole, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from shipway.lineage.protos import Artifact, Context, Event, Execution, ListOperationOptions, service_message
from shipway.lineage.service import NOT_FOUND, MetadataService, MetadataStatus

PAGE = 100
"""The most the engine returns at once; asked for more it drops the rest without a page token."""
BATCH = 500
OrderBy = ListOperationOptions.OrderByField


def call(service: MetadataService, method: str, **fields: Any) -> Any:
    """The response to the method's request with these fields."""
    request = service_message(f"{method}Request")(**fields)
    return service.call(method, request, service_message(f"{method}Response")())


def batches(ids: Collection[Any]) -> Iterator[list[Any]]:
    rest = iter(dict.fromkeys(ids))
    while batch := list(islice(rest, BATCH)):
        yield batch


def artifacts_by_id(service: MetadataService, ids: Collection[int]) -> list[Artifact]:
    found = (call(service, "GetArtifactsByID", artifact_ids=batch).artifacts for batch in batches(ids))
    return [artifact for batch in found for artifact in batch]


def artifacts_by_uri(service: MetadataService, uris: Collection[str]) -> list[Artifact]:
    found = (call(service, "GetArtifactsByURI", uris=batch).artifacts for batch in batches(uris))
    return [artifact for batch in found for artifact in batch]


def executions_by_id(service: MetadataService, ids: Collection[int]) -> list[Execution]:
    found = (call(service, "GetExecutionsByID", execution_ids=batch).executions for batch in batches(ids))
    return [execution for batch in found for execution in batch]


def executions_by_external_id(service: MetadataService, external_ids: Sequence[str]) -> list[Execution]:
    try:
        return list(call(service, "GetExecutionsByExternalIds", external_ids=external_ids).executions)
    except MetadataStatus as status:
        if status.code == NOT_FOUND:
            return []
        raise


def events_of_artifacts(service: MetadataService, ids: Collection[int]) -> list[Event]:
    found = (call(service, "GetEventsByArtifactIDs", artifact_ids=batch).events for batch in batches(ids))
    return [event for batch in found for event in batch]


def events_of_executions(service: MetadataService, ids: Collection[int]) -> list[Event]:
    found = (call(service, "GetEventsByExecutionIDs", execution_ids=batch).events for batch in batches(ids))
    return [event for batch in found for event in batch]


def context_by_name(service: MetadataService, type_name: str, name: str) -> Context | None:
    response = call(service, "GetContextByTypeAndName", type_name=type_name, context_name=name)
    return response.context if response.HasField("context") else None


def newest_artifacts(
    service: MetadataService,
    type_name: str | None,
    *,
    context_id: int | None = None,
    below: int | None = None,
    at_once: int = PAGE,
) -> Iterator[Artifact]:
    """All artifacts, or those of one type, of one context, or with ids below one, newest first.

    Pages of `at_once` are read as far as the caller goes; the engine's own lists, by type and by context, read all that
    are of the type or the context for every page.
    """
    conditions = []
    if type_name is not None:
        type_id = _type_id(service, "Artifact", type_name)
        if type_id is None:
            return iter(())
        conditions.append(f"type_id = {type_id}")
    if context_id is not None:
        conditions.append(f"contexts_one.id = {int(context_id)}")
    if below is not None:
        conditions.append(f"id < {int(below)}")
    return _paged(service, "GetArtifacts", "artifacts", " AND ".join(conditions), at_once)


def newest_contexts(service: MetadataService, type_name: str) -> Iterator[Context]:
    """Contexts of one type, newest first, as `newest_artifacts`."""
    type_id = _type_id(service, "Context", type_name)
    return iter(()) if type_id is None else _paged(service, "GetContexts", "contexts", f"type_id = {type_id}")


def newest_contexts_of_all_types(service: MetadataService) -> Iterator[Context]:
    """The cheapest list there is: what it costs does not grow with the store."""
    return _paged(service, "GetContexts", "contexts")


def executions_of_context(service: MetadataService, context_id: int) -> Iterator[Execution]:
    return _paged(service, "GetExecutionsByContext", "executions", context_id=context_id)


def _type_id(service: MetadataService, kind: str, name: str) -> int | None:
    """The id of a type of `Artifact` or `Context`; None for one that the store does not know."""
    try:
        response = call(service, f"Get{kind}Type", type_name=name)
    except MetadataStatus as status:
        if status.code == NOT_FOUND:
            return None
        raise
    return int(getattr(response, f"{kind.lower()}_type").id)


def _paged(
    service: MetadataService, method: str, attribute: str, condition: str = "", at_once: int = PAGE, **fields: Any
) -> Iterator[Any]:
    newest_first = OrderBy(field=OrderBy.Field.ID, is_asc=False)
    options = ListOperationOptions(max_result_size=max(1, min(at_once, PAGE)), order_by_field=newest_first)
    if condition:
        options.filter_query = condition
    while True:
        response = call(service, method, options=options, **fields)
        yield from getattr(response, attribute)
        if not response.next_page_token:
            return
        options.next_page_token = response.next_page_token
