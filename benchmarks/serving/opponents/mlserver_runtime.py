"""MLServer's custom runtime, as its documentation shows one; it runs in the environment of MLServer, not in ours.

`model-settings.json` beside it names `documented` or `fast` and the SavedModel in `parameters`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse, RequestInput

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import fast_call

OUTPUT = "outputs"


class Runtime(MLModel):
    """Tensors of the V2 protocol to the one output of the model."""

    async def load(self) -> bool:
        """Load the SavedModel for the call that the settings name."""
        extra: Any = self.settings.parameters.extra
        ways = {"documented": fast_call.documented_call, "fast": fast_call.fast_call}
        self.call = ways[extra["call"]](extra["saved_model"], OUTPUT)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """One request, or many that adaptive batching has put together."""
        result = self.call({tensor.name: _array(tensor) for tensor in payload.inputs})
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output(OUTPUT, result)])


def _array(tensor: RequestInput) -> np.ndarray[Any, Any]:
    if tensor.datatype == "BYTES":
        # NumpyCodec makes fixed-width text of strings, which TensorFlow does not take.
        return np.array(getattr(tensor.data, "root", tensor.data), object)
    return NumpyCodec.decode_input(tensor)
