"""Observers of the core: metrics, the inference log, and traces."""

from shipway.serving.observing.log import InferenceLog, inference_log
from shipway.serving.observing.metrics import Metrics
from shipway.serving.observing.tracing import Tracing

__all__ = ["InferenceLog", "Metrics", "Tracing", "inference_log"]
