"""What happens in the process of its own: the model server, with the model and nothing else.

It talks through a pipe, one JSON object a line: `{"stage": "ready"}` when TensorFlow runs, `{"stage": "listening",
"port": ...}`, and `{"stage": "loaded", "seconds": ...}` or `{"stage": "refused", "reason": ...}`. Then it serves until
it is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODEL_NAME = "model"
HOST = "127.0.0.1"

Tell = Callable[..., None]


def run_server(model_path: str, max_request_seconds: float, pipe: int) -> None:
    """Serve the model in the folder `model_path`, and write how that goes into the file descriptor `pipe`."""

    def tell(stage: str, **facts: Any) -> None:
        os.write(pipe, (json.dumps({"stage": stage, **facts}) + "\n").encode())

    _run_tensorflow()
    tell("ready")
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(model_path, max_request_seconds, tell))


def _run_tensorflow() -> None:
    """A first operation: it hangs in a process that was forked from one which has run TensorFlow."""
    import tensorflow as tf

    graph = tf.Graph()
    with tf.compat.v1.Session(graph=graph) as session, graph.as_default():
        session.run(tf.constant(1) + tf.constant(1))


async def _serve(model_path: str, max_request_seconds: float, tell: Tell) -> None:
    from shipway.data.model.loading import LoadingOptions
    from shipway.errors import ShipwayError
    from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions
    from shipway.serving.lifecycle.warmup.recorded import REQUESTS
    from shipway.serving.runtimes.tensorflow import TensorFlowRuntime
    from shipway.serving.server import ModelServer

    # Requests that came with the model are a part of it; others are made here, and warming up costs seconds.
    has_warmup = (Path(model_path) / REQUESTS).is_file()
    options = ServerOptions(
        host=HOST,
        port=0,
        rest_api_port=ANY_FREE_PORT,
        rest_api_timeout_in_ms=round(1000 * max_request_seconds) + 1000,
        model_name=MODEL_NAME,
        model_base_path=model_path,
        file_system_poll_wait_seconds=0,
        max_num_load_retries=0,
        enable_model_warmup=has_warmup,
    )
    server = ModelServer(options, frameworks=[TensorFlowRuntime(LoadingOptions(session_only=True))])
    started = time.perf_counter()
    await server.start()
    tell("listening", port=server.rest_port)
    try:
        await server.first_load()
    except ShipwayError as error:
        tell("refused", reason=str(error))
        return
    tell("loaded", seconds=time.perf_counter() - started)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run_server(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
