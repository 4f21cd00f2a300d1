"""What Prometheus is told of the server."""

from shipway.serving.observing.metrics.metrics import Metrics

__all__ = ["Metrics"]
