"""TensorFlow Serving's `MonitoringConfig`: whether metrics are shown, and where.

The file is protobuf's text format::

    prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }

Without a file metrics are on; a file turns them off unless it says `enable: true`, as there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shipway.errors import InputError
from shipway.serving.config.protos import new_message
from shipway.serving.config.text_proto import parse_text_proto, place_of, read_text

WHAT = "monitoring config"
DEFAULT_PATH = "/monitoring/prometheus/metrics"


class InvalidMonitoringPath(InputError):
    """A path that no address can have."""

    def __init__(self, where: str, path: str) -> None:
        super().__init__(
            f"{where[0].upper()}{where[1:]}: the path {path!r} is none of a URL: give one that starts with '/', such "
            f"as {DEFAULT_PATH!r}."
        )


@dataclass(frozen=True)
class MonitoringConfig:
    """Where Prometheus finds the metrics."""

    enabled: bool = True

    path: str = DEFAULT_PATH
    """Path of the metrics on the REST port."""


def read_monitoring_config(path: Path) -> MonitoringConfig:
    """The config of a file; raises `UnreadableConfig`, `BrokenTextProto` and `InvalidMonitoringPath`."""
    return parse_monitoring_config(read_text(path, WHAT), place_of(path, WHAT))


def parse_monitoring_config(text: str, where: str = "the monitoring config") -> MonitoringConfig:
    """`read_monitoring_config` of a text; `where` names it in sentences."""
    prometheus = parse_text_proto(text, new_message("MonitoringConfig"), where).prometheus_config
    path = prometheus.path or DEFAULT_PATH
    if not path.startswith("/") or any(character in path for character in "?# \t\r\n"):
        raise InvalidMonitoringPath(where, path)
    return MonitoringConfig(enabled=prometheus.enable, path=path)
