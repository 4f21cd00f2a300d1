"""The methods of ML Metadata's service, as its own description lists them."""

from __future__ import annotations

from typing import Any, NamedTuple

from shipway.lineage.engine import metadata_store_service_pb2, native
from shipway.lineage.protos import service_message

SERVICE = metadata_store_service_pb2.DESCRIPTOR.services_by_name["MetadataStoreService"]
WRITING = "Put"
TYPES = ("Type", "Types")


class Method(NamedTuple):
    """A method: its place in `METHODS`, its messages, and the engine's own function, None where it has none.

    `is_paged`: its request carries `ListOperationOptions`. `makes_types`: two at once could make one type twice, for
    which ML Metadata's tables have no constraint.
    """

    place: int
    name: str
    request: Any
    response: Any
    engine: Any
    is_writing: bool
    is_paged: bool
    makes_types: bool

    @property
    def path(self) -> str:
        return f"/{SERVICE.full_name}/{self.name}"


def _method(place: int, described: Any) -> Method:
    name = described.name
    options = described.input_type.fields_by_name.get("options")
    kind = options.message_type if options is not None else None
    is_writing = name.startswith(WRITING)
    return Method(
        place,
        name,
        service_message(described.input_type.name),
        service_message(described.output_type.name),
        getattr(native, name, None),
        is_writing,
        kind is not None and kind.name == "ListOperationOptions",
        is_writing and name.endswith(TYPES),
    )


METHODS = tuple(_method(place, described) for place, described in enumerate(SERVICE.methods))
BY_NAME = {method.name: method for method in METHODS}
