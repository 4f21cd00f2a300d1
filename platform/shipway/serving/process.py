"""The server as a process: its event loop, its signals, and what it prints."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import time
import warnings
from typing import TYPE_CHECKING

from shipway.serving.addresses import bind_rest
from shipway.serving.config.effects import without_effect
from shipway.serving.config.options import ServerOptions
from shipway.serving.config.traffic import read_traffic
from shipway.settings import STEP_ENVIRONMENT

if TYPE_CHECKING:
    from shipway.serving.server import ModelServer

SWITCH_SECONDS = 0.0001
"""How long a thread may hold the interpreter while others want it; Python's 5 ms would show in every answer."""

OBJECTS_BETWEEN_COLLECTIONS = 10_000
"""With Python's 700, a queue that fills and empties is searched for cycles, of which it has none, at every batch."""

FATAL_ALONE = "3"
"""TensorFlow's C++ reports at every start that it finds no GPU, as an error; what fails is raised in Python too."""

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"

log = logging.getLogger("shipway.serving")


def serve(options: ServerOptions) -> int:
    """Run a server until SIGTERM or Ctrl-C; returns the exit code.

    Raises:
        ShipwayError: it cannot start; nothing is left running.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    for name in ("httpx", "httpcore", "tensorflow", "h5py", "absl", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for sentence in without_effect(options):
        log.warning("%s", sentence)
    if options.traffic_config_file is not None:
        read_traffic(options.traffic_config_file)  # told at once: what imports TensorFlow takes seconds
    prepare_environment(options)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(options, time.monotonic()))


def prepare_environment(options: ServerOptions) -> None:
    """What TensorFlow reads from the environment when it is imported: its threads, and how much it prints."""
    threads = options.tensorflow_session_parallelism
    warnings.filterwarnings("ignore", "You are using a Python version", FutureWarning)
    warnings.filterwarnings("ignore", "overflow encountered in cast", RuntimeWarning)  # infinity, as it should be
    wanted = {
        **STEP_ENVIRONMENT,
        "TF_CPP_MIN_LOG_LEVEL": FATAL_ALONE,
        "TF_NUM_INTRAOP_THREADS": str(options.tensorflow_intra_op_parallelism or threads or ""),
        "TF_NUM_INTEROP_THREADS": str(options.tensorflow_inter_op_parallelism or threads or ""),
    }
    for name, value in wanted.items():
        if value:
            os.environ.setdefault(name, value)


async def _serve(options: ServerOptions, started: float) -> int:
    listening = bind_rest(options)
    from shipway.serving.server import ModelServer

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = ModelServer(options)
    await server.start(listening)
    try:
        ways_in = " and ".join(server.addresses)
        log.info("listening on %s; loading %s", ways_in, ", ".join(server.model_names) or "no model yet")
        await _ready_or_stopping(server, stopping)
        if stopping.is_set():
            return 0
        log.info("ready after %.1f s: %s", time.monotonic() - started, ", ".join(server.served()))
        await stopping.wait()
    finally:
        log.info("stopping: requests under way have up to %g s", options.drain_seconds)
        await server.stop()
    log.info("stopped")
    return 0


async def _ready_or_stopping(server: ModelServer, stopping: asyncio.Event) -> None:
    """Return when every model has a version, or when the server is to stop; raises `NothingLoaded`."""
    waiting = {asyncio.create_task(server.first_load()), asyncio.create_task(stopping.wait())}
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
