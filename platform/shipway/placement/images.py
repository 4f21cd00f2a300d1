"""Which image a task runs: the step names it, the pool may have a variant of it, the file says where it lies."""

from __future__ import annotations

from typing import Any

from shipway.placement.layers import Layers
from shipway.placement.settings import ClusterSettings, NodePool
from shipway.step.component import PLATFORM_IMAGES, image_name

SHORT_NAMES = {image_name(name): name for name in PLATFORM_IMAGES}


def is_floating(reference: str) -> bool:
    """Whether a reference may mean another image tomorrow: it has no digest, and no tag but `latest`."""
    name = reference.rpartition("/")[2]
    return "@" not in name and "{{" not in reference and name.partition(":")[2] in ("", "latest")


def place_image(
    container: dict[str, Any], layers: Layers, pool: NodePool | None, settings: ClusterSettings
) -> tuple[str, ...]:
    """Set the container's image; the names under which it was looked up."""
    reference = str(container.get("image", ""))
    name = layers.merged.image or SHORT_NAMES.get(reference, reference)
    looked_up = [name]
    if pool and not layers.merged.image and name in pool.images:
        name = pool.images[name]
        looked_up.append(name)
    container["image"] = settings.images.get(name) or image_name(name)
    return tuple(looked_up)
