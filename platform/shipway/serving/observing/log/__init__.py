"""The inference log."""

from shipway.serving.observing.log.destinations import inference_log
from shipway.serving.observing.log.inference_log import InferenceLog

__all__ = ["InferenceLog", "inference_log"]
