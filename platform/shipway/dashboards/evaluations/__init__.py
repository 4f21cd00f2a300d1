"""How good a model is, as its evaluation's files or else its metadata tell, for pages that show some of it.

::

    found = evaluation_of(site.home, artifact)      # of a ModelEvaluation
    found.metrics["auc"], found.slices[0].values["auc"], found.thresholds[0].passed, found.problems

Files are read with TFMA's messages, which need neither TensorFlow nor Beam. Where they cannot be read, `problems` says
why, and what the metadata sums up is there all the same.
"""

from shipway.dashboards.evaluations.found import EvaluationFound, SliceMetrics, Threshold
from shipway.dashboards.evaluations.reading import evaluation_of, slice_of
from shipway.dashboards.evaluations.standing import Standing, standing_of
from shipway.dashboards.evaluations.summaries import summary_of

__all__ = [
    "EvaluationFound",
    "SliceMetrics",
    "Standing",
    "Threshold",
    "evaluation_of",
    "slice_of",
    "standing_of",
    "summary_of",
]
