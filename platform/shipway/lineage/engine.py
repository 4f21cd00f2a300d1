"""ML Metadata's protocol messages and its C++ engine, without the rest of its package.

`import ml_metadata` costs 0.11 s, most of it gRPC, which an embedded store never uses; the three modules below cost
0.04 s. Their parent packages are replaced by empty ones while they load, and all of it is taken out of `sys.modules`
again, so that a later `import ml_metadata` by anyone else in this process finds the whole package.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

PACKAGES = ("ml_metadata", "ml_metadata.proto", "ml_metadata.metadata_store", "ml_metadata.metadata_store.pywrap")


@contextmanager
def _bare_packages() -> Iterator[None]:
    """Stand-ins for the packages, which know where their modules lie and run none of their own code."""
    spec = importlib.util.find_spec(PACKAGES[0])
    folders = list(spec.submodule_search_locations or ()) if spec else []
    before = set(sys.modules)
    for name in PACKAGES:
        if name not in before:
            package = ModuleType(name)
            package.__path__ = ["/".join((folder, *name.split(".")[1:])) for folder in folders]
            sys.modules[name] = package
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == PACKAGES[0]:
                del sys.modules[name]


if TYPE_CHECKING:
    from ml_metadata.metadata_store.pywrap import metadata_store_extension
    from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2
else:
    with _bare_packages():
        metadata_store_pb2 = importlib.import_module("ml_metadata.proto.metadata_store_pb2")
        metadata_store_service_pb2 = importlib.import_module("ml_metadata.proto.metadata_store_service_pb2")
        metadata_store_extension = importlib.import_module("ml_metadata.metadata_store.pywrap.metadata_store_extension")

native = metadata_store_extension.metadata_store

__all__ = ["metadata_store_pb2", "metadata_store_service_pb2", "native"]
