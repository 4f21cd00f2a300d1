"""Which way of a metric is better, told by its name, and from how many rows on a slice says something.

Nothing here needs TFMA's messages: pages that show only summaries ask it too.
"""

from __future__ import annotations

ROWS_TO_JUDGE = 30
"""Slices with fewer rows say more about chance than about the model."""

LOWER_IS_BETTER = ("error", "crossentropy", "loss", "false_", "fpr", "fnr", "miss_rate", "fall_out", "gap")
NOT_JUDGED = ("count", "mean_label", "mean_prediction", "prevalence", "calibration", "positives", "negatives")


def is_judged(metric: str) -> bool:
    """Whether a metric has a better and a worse, as a number of rows has not."""
    return not any(word in metric for word in NOT_JUDGED)


def lower_is_better(metric: str) -> bool:
    """Whether the metric counts what goes wrong; of use where it `is_judged`."""
    return any(word in metric for word in LOWER_IS_BETTER)
