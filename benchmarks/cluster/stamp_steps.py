"""The step whose beginning is measured. It travels to the cluster in a ConfigMap."""

import time

from shipway.step import step


@step(image="control", cacheable=False)
def stamp(before: float) -> float:
    """Say when user code runs.

    Args:
        before: when the step before it ran, which makes a chain of them.
    """
    now = time.time()
    print(f"STAMP {now:.3f}", flush=True)
    return now
