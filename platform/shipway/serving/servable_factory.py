"""Makes servables of loaded models, with the batching that the options ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from shipway.serving.batching.batch import Batch
from shipway.serving.batching.rules import ONE_BY_ONE, BatchingRules, rules_of
from shipway.serving.config.batching_parameters import (
    BatchingParameters,
    parameters_of_model,
    read_batching_parameters,
)
from shipway.serving.config.options import ServerOptions
from shipway.serving.model import Model
from shipway.serving.servable import Servable


class ServableFactory:
    """What the lifecycle makes servables with; called in the event loop.

    Args:
        observe: told of the batches of all servables.

    Raises:
        InputError: the batching parameters cannot be used.
    """

    def __init__(self, options: ServerOptions, observe: Callable[[Servable, Batch], None]) -> None:
        self._options = options
        self._observe = observe
        file = options.batching_parameters_file
        self._parameters = read_batching_parameters(file) if file is not None else BatchingParameters()

    @property
    def allowed_batch_sizes(self) -> tuple[int, ...]:
        """The sizes that every model's batches are padded to, where that is asked for."""
        return self._parameters.allowed_batch_sizes if self._options.enable_batching else ()

    def __call__(self, name: str, version: int, model: Model, folder: Path) -> Servable:
        """The servable of a model that was loaded from `folder`."""
        return Servable(name, version, model, self._rules(folder), asyncio.get_running_loop(), self._observe)

    def _rules(self, folder: Path) -> BatchingRules:
        options = self._options
        if options.enable_batching is None:
            return BatchingRules()
        if not options.enable_batching:
            return ONE_BY_ONE
        if not options.enable_per_model_batching_parameters:
            return rules_of(self._parameters)
        own = parameters_of_model(folder, self._parameters)
        return ONE_BY_ONE if own is None else rules_of(own)
