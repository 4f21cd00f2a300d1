"""What is remembered of versions, and what the flags say about their lives."""

from shipway.serving.config.options import ServerOptions
from shipway.serving.lifecycle import LifecycleSettings
from shipway.serving.lifecycle.statuses import MOST_ENDED, set_status
from shipway.serving.servable import ServedModel, VersionState


def test_of_many_versions_that_have_ended_the_latest_are_remembered():
    served = ServedModel("m")
    set_status(served, 0, VersionState.AVAILABLE)
    for version in range(1, MOST_ENDED + 6):
        set_status(served, version, VersionState.LOADING)
        set_status(served, version, VersionState.END)
    assert sorted(served.statuses) == [0, *range(6, MOST_ENDED + 6)]


def test_the_defaults_are_those_of_the_flags():
    settings = LifecycleSettings.of(ServerOptions())
    assert (settings.poll_seconds, settings.load_threads, settings.load_retries) == (1, 1, 5)
    assert (settings.retry_seconds, settings.warmup_iterations, settings.warmup_batch_sizes) == (60.0, 1, (1, 64))
    assert settings.drain_seconds > ServerOptions().rest_api_timeout_in_ms / 1000


def test_flags_are_taken_over():
    options = ServerOptions(
        load_retry_interval_micros=-1,
        num_load_threads=3,
        num_request_iterations_for_warmup=7,
        allow_version_labels_for_unavailable_models=True,
        require_digest=True,
        enable_model_warmup=False,
    )
    settings = LifecycleSettings.of(options, allowed_batch_sizes=(8, 32))
    assert (settings.retry_seconds, settings.load_threads, settings.warmup_iterations) == (0.0, 3, 7)
    assert (settings.new_labels_may_wait, settings.require_digest, settings.warms_up) == (True, True, False)
    assert settings.warmup_batch_sizes == (8, 32)
