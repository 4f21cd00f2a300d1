"""A chain of steps that do nothing."""

from kfp import dsl
from stamp_steps import stamp

STEPS = 6


@dsl.pipeline(name="step-overhead")
def step_overhead() -> None:
    """One after the other."""
    before = 0.0
    for _ in range(STEPS):
        before = stamp(before=before).output
