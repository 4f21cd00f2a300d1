"""Handing spooled records to the store: in order, each once, and none of them in another's way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shipway.lineage.calls import call
from shipway.lineage.opening import open_service
from shipway.lineage.recorder import Lineage
from shipway.lineage.service import MetadataService, MetadataStatus
from shipway.lineage.service_faults import FailingService, OversizedMessage, ServiceFault
from shipway.lineage.spool.folder import SpoolFolder
from shipway.lineage.spool.operation import (
    BEGIN,
    CACHED,
    CANCEL,
    CANCEL_RUN,
    COMPLETE,
    END_RUN,
    FAIL,
    IMPORT,
    Operation,
    Ticket,
)
from shipway.settings import MetadataAddress

log = logging.getLogger("shipway.lineage")


@dataclass(frozen=True)
class Delivery:
    """How many records were handed over, and where those lie that the store will never take."""

    delivered: int = 0
    refused: tuple[Path, ...] = ()


def deliver(folder: SpoolFolder, lineage: Lineage, service: MetadataService) -> Delivery:
    """Hand over all that waits in `folder`. `lineage` records to `service`.

    A kill at any moment loses nothing: a file goes after its record is stored, and a record that is sent again is
    known by its stamp. Raises a `ServiceFault` when the service cannot take records now; the rest then waits.
    """
    if not folder.waiting():
        return Delivery()
    delivered, refused = 0, []
    with folder.delivering():
        for file in folder.waiting():
            try:
                replay(Operation.from_json(file.read_text(encoding="utf-8", errors="replace")), lineage)
            except (MetadataStatus, ValueError, KeyError, FailingService, OversizedMessage) as error:
                if isinstance(error, ServiceFault):
                    _require_answer(service)
                refused.append(folder.set_aside(file, why_refused(error)))
                tell_refused(refused[-1], error)
            else:
                folder.remove(file)
                delivered += 1
    return Delivery(delivered, tuple(refused))


def deliver_waiting(address: MetadataAddress) -> Delivery:
    """Hand over what waits for the service at `address`; of a file nothing ever waits.

    Raises an `EnvironmentFault` when the service cannot take it now.
    """
    folder = SpoolFolder.of(address)
    if folder is None or not folder.waiting():
        return Delivery()
    service = open_service(address)
    try:
        return deliver(folder, Lineage(service), service)
    finally:
        service.close()


def why_refused(error: Exception) -> str:
    """The reason that a record set aside is kept with."""
    return f"{type(error).__name__}: {error}"


def tell_refused(aside: Path, error: Exception) -> None:
    """Name a record that was set aside."""
    log.warning("The metadata service refuses the record %s for good (%s).", aside, why_refused(error))


def _require_answer(service: MetadataService) -> None:
    """Raise the service's fault where it fails at everything, and not at one record."""
    call(service, "GetContextTypes")


def replay(operation: Operation, lineage: Lineage) -> None:
    """Make the call again that was kept; without effect where the store has the record already.

    Raises what the recorder raises, and `KeyError` where it is about an execution that was never stored.
    """
    REPLAYS[operation.kind](operation, lineage)


def _begin(one: Operation, lineage: Lineage) -> None:
    assert one.task is not None
    lineage.begin(one.task, one.inputs, one.parameters, one.cache_key, one.stamp.late())


def _complete(one: Operation, lineage: Lineage) -> None:
    lineage.complete(_execution(one, lineage), one.outputs, one.output_parameters, one.stamp.late())


def _fail(one: Operation, lineage: Lineage) -> None:
    lineage.fail(_execution(one, lineage), one.sentence, one.outputs, one.stamp.late())


def _cancel(one: Operation, lineage: Lineage) -> None:
    lineage.cancel(_execution(one, lineage), one.sentence, one.stamp.late())


def _cached(one: Operation, lineage: Lineage) -> None:
    assert one.task is not None
    lineage.cached(
        one.task, one.inputs, one.parameters, one.outputs, one.cache_key, one.output_parameters, one.stamp.late()
    )


def _import(one: Operation, lineage: Lineage) -> None:
    assert one.task is not None
    (artifact,) = one.outputs["artifact"]
    lineage.record_import(one.task, artifact, one.reimport, one.stamp.late())


def _cancel_run(one: Operation, lineage: Lineage) -> None:
    lineage.cancel_run(one.run_id, one.sentence, one.stamp.late())


def _end_run(one: Operation, lineage: Lineage) -> None:
    lineage.end_run(one.run_id, one.state, one.stamp.made_ms)


def _execution(one: Operation, lineage: Lineage) -> int:
    if isinstance(one.execution, int):
        return one.execution
    ticket = Ticket.read(one.execution)
    return lineage.execution_begun_by(ticket.begun_by, ticket.task)


REPLAYS: dict[str, Callable[[Operation, Lineage], None]] = {
    BEGIN: _begin,
    COMPLETE: _complete,
    FAIL: _fail,
    CANCEL: _cancel,
    CACHED: _cached,
    IMPORT: _import,
    CANCEL_RUN: _cancel_run,
    END_RUN: _end_run,
}
