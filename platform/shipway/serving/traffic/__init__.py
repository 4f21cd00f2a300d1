"""Traffic between the versions of a model: arms by weight, callers that stay with theirs, and shadows."""

from shipway.serving.traffic.comparison import OutputDifference, ShadowComparison, Tolerance
from shipway.serving.traffic.control import TrafficControl

__all__ = ["OutputDifference", "ShadowComparison", "Tolerance", "TrafficControl"]
