"""KServe's Python `ModelServer` with a custom predictor, as its documentation shows one.

Settings are the fastest that it has: one worker, no line in a log for a request, uvloop, FastAPI's own docs off.
Usage: kserve_server.py MODEL_PATH REST_PORT GRPC_PORT documented|fast
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
MODEL_PATH, REST_PORT, GRPC_PORT, CALL = sys.argv[1:5]
sys.argv[1:] = []  # KServe reads the command line itself when it is imported.

import fast_call  # noqa: E402
import features  # noqa: E402
import kserve  # noqa: E402
from kserve.logging import configure_logging  # noqa: E402

OUTPUT = "outputs"
DTYPES: dict[str, Any] = {
    **dict.fromkeys(features.FLOATS, np.float32),
    **dict.fromkeys(features.INTEGERS, np.int64),
    **dict.fromkeys(features.STRINGS, object),
}


class Predictor(kserve.Model):
    """Rows of the V1 protocol, or tensors of the V2 protocol, to the one output of the model."""

    def load(self) -> bool:
        """Load the SavedModel for the call that the command line names, and make one call with it."""
        ways = {"documented": fast_call.documented_call, "fast": fast_call.fast_call}
        self.call = ways[CALL](MODEL_PATH, OUTPUT)
        self.ready = True
        return self.ready

    def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> Any:
        """One request; synchronous, as the documentation's examples are: KServe calls it in its event loop."""
        if isinstance(payload, kserve.InferRequest):
            return self._predict_tensors(payload)
        rows = payload["instances"]
        arrays = {name: np.array([row[name] for row in rows], dtype) for name, dtype in DTYPES.items()}
        return {"predictions": self.call(arrays).tolist()}

    def _predict_tensors(self, request: kserve.InferRequest) -> kserve.InferResponse:
        result = self.call({tensor.name: tensor.as_numpy() for tensor in request.inputs})
        output = kserve.InferOutput(OUTPUT, list(result.shape), "FP32")
        output.set_data_from_numpy(result, binary_data=True)
        return kserve.InferResponse(request.id, self.name, [output])


def main() -> None:
    quiet = {"level": "WARNING"}
    configure_logging(
        {"version": 1, "disable_existing_loggers": False, "loggers": {"kserve": quiet, "kserve.trace": quiet}}
    )
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.set_event_loop(asyncio.new_event_loop())  # KServe asks for the current loop before it runs one.
    model = Predictor("m")
    model.load()
    server = kserve.ModelServer(
        http_port=int(REST_PORT), grpc_port=int(GRPC_PORT), workers=1, enable_latency_logging=False
    )
    server.start([model])


if __name__ == "__main__":
    main()
