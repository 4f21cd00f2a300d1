"""A model server in this process, for as long as its answers are wanted: on a port of this machine that is free."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.cli.prediction.places import Address
from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions

LOOPBACK = "127.0.0.1"


@contextmanager
def serving_here(folder: Path) -> Iterator[Address]:
    """Serve the version in `folder` until the block is left; raises what the server raises when it cannot."""
    name = folder.parent.name or "model"
    options = ServerOptions(
        port=0,
        host=LOOPBACK,
        rest_api_port=ANY_FREE_PORT,
        model_name=name,
        model_base_path=str(folder),
        file_system_poll_wait_seconds=0,
        max_num_load_retries=0,
    )
    from shipway.serving.process import prepare_environment

    prepare_environment(options)
    started: concurrent.futures.Future[int] = concurrent.futures.Future()
    stopping = threading.Event()
    thread = threading.Thread(target=_run, args=(options, started, stopping), name="model-server")
    thread.start()
    try:
        yield Address(f"http://{LOOPBACK}:{started.result()}", name)
    finally:
        stopping.set()
        thread.join()


def _run(options: ServerOptions, started: concurrent.futures.Future[int], stopping: threading.Event) -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_serve(options, started, stopping))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)


async def _serve(options: ServerOptions, started: concurrent.futures.Future[int], stopping: threading.Event) -> None:
    from shipway.serving.server import ModelServer

    server = ModelServer(options)
    await server.start()
    try:
        await server.first_load()
        started.set_result(server.rest_port)
        await asyncio.to_thread(stopping.wait)
    finally:
        await server.stop()
