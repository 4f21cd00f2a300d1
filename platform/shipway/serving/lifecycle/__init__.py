"""The life of versions: found below a base path, checked, loaded, warmed, served, drained and unloaded.

A new version takes over only when it is loaded and warm, and the old one goes only when its last request is answered,
so that no request fails because of a swap. A version that cannot be loaded leaves the old one in its place, and its
status says why. The event loop decides; files are looked at and models are loaded and freed in threads.
"""

from shipway.serving.lifecycle.events import LifecycleEvents, NoEvents
from shipway.serving.lifecycle.faults import LabelOfUnavailableVersion, ModelsNotAvailable, UnknownPlatform
from shipway.serving.lifecycle.lifecycle import IndexEntry, Lifecycle
from shipway.serving.lifecycle.settings import LifecycleSettings

__all__ = [
    "IndexEntry",
    "LabelOfUnavailableVersion",
    "Lifecycle",
    "LifecycleEvents",
    "LifecycleSettings",
    "ModelsNotAvailable",
    "NoEvents",
    "UnknownPlatform",
]
