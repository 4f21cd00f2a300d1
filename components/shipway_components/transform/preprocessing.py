"""The user's preprocessing function as TF Transform calls it: several times, and with errors a person can act on."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from shipway.data.beam import ByReference
from shipway.errors import ShipwayError
from shipway.step.module_file import find_module, load_module, require_function
from shipway_components.transform.errors import NoTransformedFeatures, PreprocessingFailed, UnknownSchemaFeature
from shipway_components.transform.stats_options import UPDATER


class Preprocessing(ByReference):
    """Calls `preprocessing_fn(inputs)`, or `preprocessing_fn(inputs, custom_config)` where it takes that.

    Raises what the function raises as one sentence that names its line; the stack trace goes to the log.
    """

    def __init__(self, module_file: str, name: str, custom_config: Mapping[str, Any]):
        self.name = name
        self.file = str(find_module(module_file))
        module = load_module(module_file)
        self._function = _with_config(require_function(module, name, module_file), custom_config)
        self.stats_options_updater: Callable[..., Any] | None = getattr(module, UPDATER, None)

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        features = _SchemaFeatures(inputs, self)
        try:
            outputs = self._function(features)
        except ShipwayError:
            raise
        except Exception as error:
            traceback.print_exc()
            raise PreprocessingFailed(self.name, self.file, error) from error
        if not isinstance(outputs, dict) or not outputs:
            raise NoTransformedFeatures(self.name, self.file, outputs)
        return dict(outputs)


class _SchemaFeatures(dict[str, Any]):
    """The raw features; asking for one that is not there says which there are."""

    def __init__(self, inputs: Mapping[str, Any], preprocessing: Preprocessing):
        super().__init__(inputs)
        self._preprocessing = preprocessing
        self._features = list(inputs)

    def __missing__(self, feature: object) -> Any:
        raise UnknownSchemaFeature(feature, self._preprocessing.name, self._preprocessing.file, self._features)


def _with_config(function: Callable[..., Any], custom_config: Mapping[str, Any]) -> Callable[[Any], Any]:
    if "custom_config" in inspect.signature(function).parameters:
        return lambda inputs: function(inputs, custom_config=dict(custom_config))
    return function
