"""TFMA's protocol buffers without TFMA.

Importing `tensorflow_model_analysis` costs seconds, because its package imports TensorFlow and Beam; the generated
modules beside it import in milliseconds. They are run under private names, so that a later import of the real package
in this process finds nothing half-initialised. Both share one class per message, because protobuf keeps one
descriptor per message in its pool.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from shipway.errors import EnvironmentFault

PACKAGE = "tensorflow_model_analysis"
PROTO_PACKAGE = f"{PACKAGE}.proto"


class TfmaMissing(EnvironmentFault):
    """The package with the message definitions is not installed."""

    def __init__(self) -> None:
        super().__init__("Evaluation needs tensorflow-model-analysis: install Shipway with its extra 'evaluate'.")


def _load() -> dict[str, Any]:
    names = ("config_pb2", "metrics_for_slice_pb2", "validation_result_pb2")
    if PACKAGE in sys.modules:
        return {name: importlib.import_module(f"{PROTO_PACKAGE}.{name}") for name in names}
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise TfmaMissing
    folder = Path(spec.submodule_search_locations[0], "proto")
    with _stand_ins() as proto_package:
        modules = {}
        for name in names:
            modules[name] = _run(name, folder / f"{name}.py")
            setattr(proto_package, name, modules[name])
    return modules


def _run(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"shipway_{name}", file)
    if spec is None or spec.loader is None:
        raise TfmaMissing
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _stand_ins() -> Iterator[ModuleType]:
    """Empty packages of TFMA's names, for the imports among the generated modules; gone afterwards."""
    packages = {name: ModuleType(name) for name in (PACKAGE, PROTO_PACKAGE)}
    sys.modules.update(packages)
    try:
        yield packages[PROTO_PACKAGE]
    finally:
        for name in packages:
            sys.modules.pop(name, None)


_modules = _load()
config_pb2: Any = _modules["config_pb2"]
metrics_for_slice_pb2: Any = _modules["metrics_for_slice_pb2"]
validation_result_pb2: Any = _modules["validation_result_pb2"]
