"""Makes the two modules beside this file importable, and what costs a second is done once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def image_packages() -> dict[str, set[str]]:
    """The names of the packages in each image."""
    from image_definitions import IMAGES, packages_of

    return {image: packages_of(image) for image in IMAGES}
