"""The process of `shipway watch`, from its first line to a clean end."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from shipway.endpoint.addresses import joined
from shipway.endpoint.ending import told_to_end
from shipway.endpoint.listening import listening_socket
from shipway.endpoint.metrics_server import METRICS, MetricsServer
from shipway.endpoint.token import Token
from shipway.kube.connection import connect
from shipway.kube.following import Collection, Follower
from shipway.kube.pods import trouble_events
from shipway.kube.runs import read_pod, read_workflow
from shipway.kube.runs.pod import RUN_LABEL
from shipway.watcher.book import Book
from shipway.watcher.clerk import Clerk
from shipway.watcher.figures import Figures
from shipway.watcher.inbox import PODS, WORKFLOWS, Inbox
from shipway.watcher.options import WatchOptions

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
SECONDS_TO_SETTLE = 10.0


def watch(options: WatchOptions) -> int:
    """Watch until the process is told to end (SIGTERM, SIGINT).

    Raises what `WatchOptions.check` raises, `UnusableToken`, `CannotListen` and `NoCluster`. A cluster or a store that
    does not answer is no reason to end.
    """
    metadata = options.check()
    token = Token(options.token_file)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    api = connect(options.cluster)
    listening = listening_socket("The watcher", options.host, options.port)
    figures, inbox = Figures(options.watched), Inbox()
    clerk = Clerk(options, inbox, Book(metadata), figures, partial(_events, api))
    followers = [one for namespace in options.watched for one in followers_of(api, namespace, inbox)]
    server = MetricsServer(listening, "shipway-watch", figures.page, token, figures.not_ready)
    with told_to_end() as ending:
        server.start()
        store = metadata.url or metadata.path
        print(
            f"Watching the runs of namespace{'s' if len(options.watched) > 1 else ''} {', '.join(options.watched)} at "
            f"{api.configuration.host}, recording in {store}; metrics at "
            f"http://{joined(options.host, server.port)}{METRICS}",
            flush=True,
        )
        clerk.start()
        for follower in followers:
            follower.start()
        ending.wait()
        for follower in followers:
            follower.stop()
        clerk.close(SECONDS_TO_SETTLE)
        server.close()
    return 0


def followers_of(api: Any, namespace: str, inbox: Inbox) -> list[Follower]:
    """Those of one namespace, the pods' first: what is told of a workflow is understood by its pods."""
    pods = Collection(
        f"/api/v1/namespaces/{namespace}/pods", RUN_LABEL, f"following the pods of runs in {namespace!r}", read_pod
    )
    workflows = Collection(
        f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows",
        RUN_LABEL,
        f"following the workflows of runs in {namespace!r}",
        read_workflow,
    )
    return [
        Follower(api, pods, inbox.slot(namespace, PODS)),
        Follower(api, workflows, inbox.slot(namespace, WORKFLOWS)),
    ]


def _events(api: Any, namespace: str, uid: str) -> Sequence[Mapping[str, Any]]:
    return trouble_events(api, namespace, uid)
