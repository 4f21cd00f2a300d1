"""Where `--inference_log` points to: a folder or a URL."""

from __future__ import annotations

from pathlib import Path

from shipway.serving.observing.log.inference_log import InferenceLog
from shipway.serving.observing.log.sink import Sink


def inference_log(destination: str, rate: float = 1.0) -> InferenceLog:
    """The log for a folder (Parquet) or an http(s) URL (CloudEvents); `start` makes it ready."""
    return InferenceLog(_sink(destination), rate)


def _sink(destination: str) -> Sink:
    if destination.startswith(("http://", "https://")):
        from shipway.serving.observing.log.cloud_events_sink import CloudEventsSink

        return CloudEventsSink(destination)
    from shipway.serving.observing.log.parquet_sink import ParquetSink

    return ParquetSink(Path(destination).expanduser().absolute())
