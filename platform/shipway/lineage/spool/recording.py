"""Recording that outlives an outage: what a service cannot take now waits in the spool, and the step goes on.

Before anything is recorded, what waits is delivered, so that the store sees every record in its order. Who has waited
for the service once does not wait for it again with each record: until it answers, one try must do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shipway.errors import EnvironmentFault
from shipway.lineage.faults import BusyStore
from shipway.lineage.opening import open_service
from shipway.lineage.queries import LineageQueries
from shipway.lineage.recorder import IMPORT_KEY, NOTHING, Lineage
from shipway.lineage.records import ArtifactMap, ArtifactRecord, TaskIdentity
from shipway.lineage.service import MetadataService, MetadataStatus
from shipway.lineage.service_faults import ServiceFault
from shipway.lineage.spool.delivery import Delivery, deliver, tell_refused, why_refused
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
    Execution,
    Operation,
    Ticket,
)
from shipway.lineage.stamp import Stamp
from shipway.settings import MetadataAddress

if TYPE_CHECKING:
    from shipway.lineage.remote import RemoteService

Result = TypeVar("Result")
log = logging.getLogger("shipway.lineage")


class NoSpool(EnvironmentFault):
    """Nothing says where records may wait."""

    def __init__(self) -> None:
        super().__init__("Set SHIPWAY_SPOOL to a folder that outlives this process, and records wait there.")


class Recording:
    """The recorder's calls against a file or a service; an execution is known by `Execution`, an id or a ticket.

    Against a file nothing is ever spooled, and a call raises what the recorder raises.
    """

    def __init__(self, service: MetadataService, address: MetadataAddress) -> None:
        self._service = service
        self._lineage = Lineage(service)
        self._is_remote = bool(address.url)
        self._folder = SpoolFolder.of(address)
        self._begun: dict[int, Ticket] = {}
        self._is_down = False
        self._has_spooled = False

    @classmethod
    def open(cls, address: MetadataAddress) -> Recording:
        """Raises an `EnvironmentFault` for a file that cannot be used; a service may be down."""
        return cls(open_service(address), address)

    def close(self) -> None:
        """Deliver what still waits if that can be done by now, or say where it waits; end the connection."""
        if self._has_spooled and self._folder:
            self.catch_up()
            if waiting := len(self._folder.waiting()):
                log.warning(
                    "%d records wait in %s: they are delivered before the next run records, or by 'shipway metadata "
                    "deliver'.",
                    waiting,
                    self._folder.path,
                )
        self._service.close()

    def queries(self) -> LineageQueries:
        return LineageQueries(self._service)

    def begin(
        self, task: TaskIdentity, inputs: ArtifactMap, parameters: Mapping[str, Any], cache_key: str
    ) -> Execution:
        stamp = Stamp.now()
        one = Operation(BEGIN, stamp, task, inputs=inputs, parameters=parameters, cache_key=cache_key)
        begun = self._record(one, lambda: self._lineage.begin(task, inputs, parameters, cache_key, self._mark(stamp)))
        if isinstance(begun, int) and self._is_remote:
            self._begun[begun] = Ticket(stamp.id, task)
        return begun

    def complete(self, execution: Execution, outputs: ArtifactMap, output_parameters: Mapping[str, Any]) -> None:
        one = Operation(
            COMPLETE, Stamp.now(), execution=self._named(execution), outputs=outputs,
            output_parameters=output_parameters,
        )  # fmt: skip
        self._record(one, lambda: self._lineage.complete(self._id(execution), outputs, output_parameters))

    def fail(self, execution: Execution, sentence: str, evidence: ArtifactMap = NOTHING) -> None:
        one = Operation(
            FAIL, Stamp.now(), execution=self._named(execution), outputs=evidence, sentence=sentence
        )  # fmt: skip
        self._record(one, lambda: self._lineage.fail(self._id(execution), sentence, evidence))

    def cancel(self, execution: Execution, sentence: str = "Cancelled.") -> None:
        """Whoever cancels is waited for, so the service is not: one try."""
        one = Operation(CANCEL, Stamp.now(), execution=self._named(execution), sentence=sentence)
        self._record(one, lambda: self._lineage.cancel(self._id(execution), sentence), patiently=False)

    def cancel_run(self, run_id: str, sentence: str = "Cancelled.") -> None:
        one = Operation(CANCEL_RUN, Stamp.now(), run_id=run_id, sentence=sentence)
        self._record(one, lambda: self._lineage.cancel_run(run_id, sentence), patiently=False)

    def end_run(self, run_id: str, state: str) -> None:
        stamp = Stamp.now()
        one = Operation(END_RUN, stamp, run_id=run_id, state=state)
        self._record(one, lambda: self._lineage.end_run(run_id, state, stamp.made_ms), patiently=False)

    def cached(
        self,
        task: TaskIdentity,
        inputs: ArtifactMap,
        parameters: Mapping[str, Any],
        outputs: ArtifactMap,
        cache_key: str,
        output_parameters: Mapping[str, Any],
    ) -> None:
        stamp = Stamp.now()
        one = Operation(CACHED, stamp, task, 0, inputs, outputs, parameters, output_parameters, cache_key)
        self._record(
            one,
            lambda: self._lineage.cached(
                task, inputs, parameters, outputs, cache_key, output_parameters, self._mark(stamp)
            ),
        )

    def record_import(self, task: TaskIdentity, artifact: ArtifactRecord, reimport: bool = False) -> None:
        stamp = Stamp.now()
        one = Operation(IMPORT, stamp, task, outputs={IMPORT_KEY: [artifact]}, reimport=reimport)
        self._record(one, lambda: self._lineage.record_import(task, artifact, reimport, self._mark(stamp)))

    def deliver(self) -> Delivery:
        """Hand over what waits in the spool. Raises a `ServiceFault` when the service cannot take it now."""
        if self._folder is None:
            return Delivery()
        return deliver(self._folder, self._lineage, self._service)

    def hurry(self) -> None:
        """Wait for the service no more, as somebody wants this process to end; a signal's handler may call it."""
        if self._remote is not None:
            self._remote.hurry()

    def catch_up(self) -> None:
        """Deliver what waits if the service takes it at once, as for who is about to ask what depends on it."""
        if self._folder is not None:
            with suppress(ServiceFault, BusyStore), self._haste(patiently=False):
                self._deliver_first()

    def _mark(self, stamp: Stamp) -> Stamp | None:
        """What a service is sent may arrive and its answer get lost; what is written to a file is known to be."""
        return stamp if self._is_remote else None

    def _named(self, execution: Execution) -> Execution:
        """An execution by its ticket, which says what it is to a person, and to a store that was restored."""
        return str(self._begun[execution]) if isinstance(execution, int) and execution in self._begun else execution

    def _id(self, execution: Execution) -> int:
        if isinstance(execution, int):
            return execution
        ticket = Ticket.read(execution)
        return self._lineage.execution_begun_by(ticket.begun_by, ticket.task)

    def _record(self, operation: Operation, send: Callable[[], Result], patiently: bool = True) -> Result | str:
        """What `send` gives; or, where the service cannot take the record now, a ticket for it."""
        if not self._is_remote:
            return send()
        try:
            with self._haste(patiently):
                self._deliver_first()
                result = send()
        except (ServiceFault, BusyStore) as fault:
            self._keep(operation, fault)
        except (MetadataStatus, KeyError) as error:
            self._refuse(operation, error)
        else:
            self._is_down = False
            return result
        return str(Ticket(operation.stamp.id, operation.task)) if operation.task else ""

    def _haste(self, patiently: bool) -> AbstractContextManager[Any]:
        hurries = self._is_down or not patiently
        return self._remote.at_once() if hurries and self._remote is not None else nullcontext()

    @property
    def _remote(self) -> RemoteService | None:
        """The service where it is one; for a file nothing of gRPC is imported."""
        if not self._is_remote:
            return None
        from shipway.lineage.remote import RemoteService

        return self._service if isinstance(self._service, RemoteService) else None

    def _deliver_first(self) -> None:
        if self._folder is not None and self._folder.waiting():
            delivered = self.deliver().delivered
            if delivered:
                log.warning("%d records that waited were delivered to the metadata service.", delivered)

    def _keep(self, operation: Operation, fault: EnvironmentFault) -> None:
        """Let a record wait, and say so once for each time that the service is away."""
        file = self._spooled(operation, fault, SpoolFolder.add)
        if file is not None and not self._is_down:
            log.warning("%s Until then records wait in %s.", fault, file.parent)
        self._is_down = True

    def _refuse(self, operation: Operation, error: Exception) -> None:
        """A record that the store takes neither now nor later is kept apart: the step's work is not lost with it."""
        aside = self._spooled(operation, error, lambda folder, one: folder.refuse(one, why_refused(error)))
        if aside is not None:
            tell_refused(aside, error)

    def _spooled(
        self, operation: Operation, reason: Exception, keep: Callable[[SpoolFolder, Operation], Path]
    ) -> Path | None:
        """Where `keep` put a record in the spool; where it cannot, the log has the record, and nothing else."""
        try:
            if self._folder is None:
                raise NoSpool
            self._has_spooled = True
            return keep(self._folder, operation)
        except EnvironmentFault as fault:
            log.warning("%s %s This record is nowhere but here: %s", reason, fault, operation.to_json())
            return None
