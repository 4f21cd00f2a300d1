"""Where the steps of a compiled pipeline run in a cluster: from its cluster file to the pipeline that is uploaded."""

from shipway.placement.cluster_file import find_cluster_settings, read_cluster_settings
from shipway.placement.faults import ClusterFileFault, PlacementFault
from shipway.placement.package import place_file
from shipway.placement.placing import Placement, place
from shipway.placement.settings import ClusterSettings

__all__ = [
    "ClusterFileFault",
    "ClusterSettings",
    "Placement",
    "PlacementFault",
    "find_cluster_settings",
    "place",
    "place_file",
    "read_cluster_settings",
]
