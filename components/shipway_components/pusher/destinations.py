"""Where a model is pushed to: a folder of this machine or a prefix in a bucket, told apart by the place's scheme."""

from __future__ import annotations

from shipway.artifacts.object_store import is_remote
from shipway_components.pusher.destination_layout import Destination, Layout, Pushed

__all__ = ["Destination", "Layout", "Pushed", "open_destination"]


def open_destination(place: str, layout: Layout = Layout.WATCHED) -> Destination:
    """The destination at a path, `file://`, `s3://`, `minio://` or `gs://`; nothing is touched yet."""
    if is_remote(place):
        from shipway_components.pusher.destination_store import StoreDestination

        return StoreDestination(place, layout)
    from shipway_components.pusher.destination import FolderDestination

    return FolderDestination(place, layout)
