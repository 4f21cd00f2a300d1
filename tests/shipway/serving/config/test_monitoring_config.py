import pytest

from shipway.errors import InputError
from shipway.serving.config.monitoring_config import MonitoringConfig, parse_monitoring_config, read_monitoring_config


def test_a_file_as_tensorflow_serving_documents_it(tmp_path):
    path = tmp_path / "monitoring.config"
    path.write_text('prometheus_config {\n  enable: true,\n  path: "/my/metrics"\n}\n')
    assert read_monitoring_config(path) == MonitoringConfig(enabled=True, path="/my/metrics")


def test_the_path_has_a_default():
    assert parse_monitoring_config("prometheus_config { enable: true }") == MonitoringConfig()


@pytest.mark.parametrize("text", ["", "prometheus_config { }", "prometheus_config { enable: false }"])
def test_a_file_that_does_not_enable_turns_off(text):
    assert not parse_monitoring_config(text).enabled


@pytest.mark.parametrize("path", ["metrics", "/a b", "/metrics?x=1"])
def test_a_path_that_no_url_has(path):
    with pytest.raises(InputError) as caught:
        parse_monitoring_config(f'prometheus_config {{ enable: true path: "{path}" }}')
    assert str(caught.value) == (
        f"The monitoring config: the path '{path}' is none of a URL: give one that starts with '/', such as "
        "'/monitoring/prometheus/metrics'."
    )


def test_a_slip_is_named():
    with pytest.raises(InputError, match=r"line 1: PrometheusConfig has no field 'enabled' \(did you mean 'enable'\?"):
        parse_monitoring_config("prometheus_config { enabled: true }")
