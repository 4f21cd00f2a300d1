"""How versions are watched, loaded and unloaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.serving.config.options import ServerOptions

WARMUP_BATCH_SIZES = (1, 64)


@dataclass(frozen=True)
class LifecycleSettings:
    """The settings of a `Lifecycle`; the defaults are those of the server's options."""

    poll_seconds: float = 1.0
    """Between two looks at the base paths; 0 looks once, a negative number never."""

    load_threads: int = 1
    """How many versions may load at once."""

    load_retries: int = 5
    """How often a load that failed is tried again."""

    retry_seconds: float = 60.0
    """Between two tries."""

    warms_up: bool = True
    """Run a version before it takes over."""

    warmup_iterations: int = 1
    """How often each recorded request is run."""

    warmup_batch_sizes: Sequence[int] = WARMUP_BATCH_SIZES
    """Rows in the batches that a version is warmed with."""

    require_digest: bool = False
    """Load no version whose digest is not recorded."""

    new_labels_may_wait: bool = False
    """Let a new label name a version that is not available."""

    drain_seconds: float = 60.0
    """How long the requests of a version may keep it from being unloaded; longer than any of them may take."""

    @classmethod
    def of(cls, options: ServerOptions, allowed_batch_sizes: Sequence[int] = ()) -> LifecycleSettings:
        """What the flags say; `allowed_batch_sizes` are those of the batching parameters."""
        return cls(
            poll_seconds=options.file_system_poll_wait_seconds,
            load_threads=max(options.num_load_threads, 1),
            load_retries=options.max_num_load_retries,
            retry_seconds=max(options.load_retry_interval_micros, 0) / 1e6,
            warms_up=options.enable_model_warmup,
            warmup_iterations=max(options.num_request_iterations_for_warmup, 1),
            warmup_batch_sizes=tuple(allowed_batch_sizes) or WARMUP_BATCH_SIZES,
            require_digest=options.require_digest,
            new_labels_may_wait=options.allow_version_labels_for_unavailable_models,
            drain_seconds=options.rest_api_timeout_in_ms / 1000 + max(options.drain_seconds, 1.0),
        )
