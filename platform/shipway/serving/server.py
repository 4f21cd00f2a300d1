"""The model server put together: core, lifecycle, transports, and what keeps account of them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from shipway.endpoint.addresses import joined
from shipway.errors import ShipwayError
from shipway.serving.addresses import bind_rest
from shipway.serving.config.model_config import ModelConfig, configured_models, read_model_config
from shipway.serving.config.monitoring_config import MonitoringConfig, read_monitoring_config
from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions
from shipway.serving.config.tls_config import TlsConfig, read_tls_config, server_context
from shipway.serving.config.traffic import read_traffic
from shipway.serving.grpc.credentials import server_credentials
from shipway.serving.grpc.server import GrpcServer
from shipway.serving.lifecycle import Lifecycle, LifecycleSettings
from shipway.serving.model import Runtime
from shipway.serving.observing import InferenceLog, Metrics, Tracing, inference_log
from shipway.serving.plane import DataPlane, Observer
from shipway.serving.rest.app import RestApp
from shipway.serving.rest.http.limits import HttpLimits
from shipway.serving.rest.listener import RestListener
from shipway.serving.runtimes import runtimes
from shipway.serving.security import Authoriser
from shipway.serving.servable import Catalog, VersionState
from shipway.serving.servable_factory import ServableFactory
from shipway.serving.session_config import session_config
from shipway.serving.told import ToldAll
from shipway.serving.traffic import TrafficControl
from shipway.serving.watching import watch_file

METRICS_PATHS = ("/metrics", "/monitoring/prometheus/metrics")
SECONDS_BETWEEN_LOOKS = 0.25
TRAFFIC_FILE_SECONDS = 2.0


class NothingLoaded(ShipwayError):
    """The versions that were there at the start cannot be served."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))


class ModelServer:
    """One server, made, started and stopped in its event loop.

    Args:
        options: what `shipway serve` can be told.
        models: what to serve, instead of what the options say.
        frameworks: the runtimes that may load them; by default all there are.

    Attributes:
        catalog: what it serves.
        rest_port, grpc_port: where it listens once started; 0 where it does not.

    Raises:
        ShipwayError: the options or the files that they name cannot be used.
    """

    def __init__(
        self,
        options: ServerOptions,
        models: Sequence[ModelConfig] | None = None,
        frameworks: Sequence[Runtime] | None = None,
    ) -> None:
        self.options = options
        self.catalog = Catalog()
        self.rest_port = self.grpc_port = 0
        self._models = configured_models(options) if models is None else tuple(models)
        self._tls = read_tls_config(options.ssl_config_file) if options.ssl_config_file else None
        self._first_traffic = read_traffic(options.traffic_config_file) if options.traffic_config_file else None
        self._tasks: list[asyncio.Task[None]] = []
        self._metrics = Metrics(CollectorRegistry(), self.catalog)
        self._log: InferenceLog | None = None
        if options.inference_log:
            self._log = inference_log(options.inference_log, options.inference_log_sampling_rate)
        self._tracing = Tracing(options.tracing) if options.tracing else None
        observers: list[Observer] = [one for one in (self._metrics, self._log, self._tracing) if one is not None]
        self.plane = DataPlane(
            self.catalog,
            observers,
            default_seconds=options.rest_api_timeout_in_ms / 1000,
            max_in_flight=options.max_concurrent_requests,
        )
        self._traffic = TrafficControl(self.catalog, self._metrics.shadow_compared)
        self._metrics.watch(self._traffic)
        if self._log is not None:
            self._metrics.watch(self._log)
        factory = ServableFactory(options, self.plane.ran)
        self.lifecycle = Lifecycle(
            self.catalog,
            frameworks or runtimes(options.saved_model_tags, session_config(options)),
            LifecycleSettings.of(options, factory.allowed_batch_sizes),
            factory,
            ToldAll([self._metrics, self._traffic]),
        )
        self._authoriser = Authoriser(options.token_file)
        self._app = RestApp(
            self.plane,
            self.lifecycle,
            self._authoriser,
            max_request_bytes=options.max_request_bytes,
            exposition=self._metrics.exposition,
            metrics_paths=_metrics_paths(options),
            cors=options.rest_api_enable_cors_support,
            traffic=self._traffic,
            check_method=options.enable_signature_method_name_check,
        )
        self._rest: RestListener | None = None
        self._grpc = GrpcServer(self.plane, self.lifecycle, self._authoriser, options)

    @property
    def model_names(self) -> list[str]:
        """The models that are configured."""
        return [model.name for model in self._models]

    @property
    def addresses(self) -> list[str]:
        """Where it listens, as people write it."""
        host, scheme = self.options.host, "https" if self._tls else "http"
        addresses = [f"{scheme}://{joined(host, self.rest_port)}"] if self.rest_port else []
        addresses += [f"grpc {joined(host, self.grpc_port)}"] if self.grpc_port else []
        return addresses + ([f"unix:{self.options.grpc_socket_path}"] if self.options.grpc_socket_path else [])

    def served(self) -> list[str]:
        """Every model with the versions that can be asked."""
        return [
            f"{name} version {', '.join(map(str, sorted(model.servables))) or 'none'}"
            for name, model in sorted(self.catalog.models.items())
        ]

    async def start(self, listening: socket.socket | None = None) -> None:
        """Listen, and begin to load; `first_load` waits for that.

        Args:
            listening: what `bind_rest` gave, where that was asked before.

        Raises:
            CannotListen: an address is taken.
            ShipwayError: the traffic configuration or the log's folder cannot be used.
        """
        options = self.options
        listening = listening or bind_rest(options)
        if self._log is not None:
            self._log.start()
        await self.lifecycle.start(self._models)
        if self._first_traffic is not None:
            self._traffic.apply(self._first_traffic)
        if listening is not None:
            self.rest_port = listening.getsockname()[1]
            limits = HttpLimits(
                body_bytes=options.max_request_bytes,
                seconds_to_send=max(HttpLimits.seconds_to_send, options.rest_api_timeout_in_ms / 1000),
            )
            context = _context(self._tls)
            app, admits = self._app, self._authoriser.admits
            self._rest = RestListener(app, listening, context, options.drain_seconds, limits, admits, app.turn_away)
            await self._rest.start()
        if options.port or options.grpc_socket_path:
            address = joined(options.host, 0 if options.port == ANY_FREE_PORT else options.port)
            self.grpc_port = await self._grpc.start(address if options.port else "", server_credentials(self._tls))
        self._follow_files()

    async def first_load(self) -> None:
        """Wait until every model has a version; raises `NothingLoaded` when none of the versions there can be loaded
        and nothing is tried again."""
        while not await self.lifecycle.wait_until_ready(SECONDS_BETWEEN_LOOKS):
            failures = self._failures()
            if failures:
                raise NothingLoaded(failures)

    async def stop(self) -> None:
        """Take no new requests, answer those under way within the options' drain_seconds, and free everything."""
        self.plane.is_draining = True
        for task in self._tasks:
            task.cancel()
        stopping = [self._grpc.stop(self.options.drain_seconds)]
        if self._rest is not None:
            stopping.append(self._rest.stop())
        await asyncio.gather(*stopping)
        await self.lifecycle.stop()
        for observer in (self._log, self._tracing):
            if observer is not None:
                await asyncio.to_thread(observer.stop)

    def _follow_files(self) -> None:
        options = self.options
        if options.model_config_file is not None and options.model_config_file_poll_wait_seconds:
            self._follow(options.model_config_file, options.model_config_file_poll_wait_seconds, self._reread_models)
        if options.traffic_config_file is not None:
            self._follow(options.traffic_config_file, TRAFFIC_FILE_SECONDS, self._reread_traffic)

    def _follow(self, *watched: Any) -> None:
        self._tasks.append(asyncio.create_task(watch_file(*watched)))

    async def _reread_models(self) -> None:
        assert self.options.model_config_file is not None
        models = read_model_config(self.options.model_config_file)
        if models is not None:
            await self.lifecycle.reconfigure(models)

    async def _reread_traffic(self) -> None:
        assert self.options.traffic_config_file is not None
        self._traffic.apply(read_traffic(self.options.traffic_config_file))

    def _failures(self) -> list[str]:
        """Why models have no version, when every version of every model has ended so."""
        reasons = []
        for model in self.catalog.models.values():
            statuses = model.statuses.values()
            if not statuses or any(status.state is not VersionState.END for status in statuses):
                return []
            reasons += [f"{model.name} version {one.version}: {one.message}" for one in statuses if one.message]
        return reasons


def _metrics_paths(options: ServerOptions) -> list[str]:
    config = MonitoringConfig()
    if options.monitoring_config_file is not None:
        config = read_monitoring_config(options.monitoring_config_file)
    return list(dict.fromkeys([*METRICS_PATHS, config.path])) if config.enabled else []


def _context(tls: TlsConfig | None) -> ssl.SSLContext | None:
    return None if tls is None else server_context(tls)
