"""`--inference_log` takes a folder or a URL."""

from shipway.serving.observing import inference_log
from shipway.serving.observing.log.cloud_events_sink import CloudEventsSink
from shipway.serving.observing.log.parquet_sink import ParquetSink


def test_a_url_gets_events_and_a_folder_gets_files(tmp_path):
    assert isinstance(inference_log("https://example.test/events")._sink, CloudEventsSink)
    log = inference_log(str(tmp_path / "log"), 0.5)
    assert isinstance(log._sink, ParquetSink)
    log.start()
    log.stop()
    assert (tmp_path / "log").is_dir()
