"""The clerk: takes in what is told of the cluster, and makes the store say what follows of it, run by run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shipway.errors import EnvironmentFault, ShipwayError
from shipway.kube.runs import RunPod, Workflow
from shipway.lineage import RecordedExecution
from shipway.lineage.live_runs import LiveRun, ToldOfRun
from shipway.lineage.service import MetadataStatus
from shipway.watcher.book import Book, running, state_by_steps
from shipway.watcher.deaths import deaths
from shipway.watcher.figures import Figures
from shipway.watcher.inbox import LISTED, LOST, PODS, WORKFLOWS, Inbox, News
from shipway.watcher.options import WatchOptions
from shipway.watcher.run_state import RunState
from shipway.watcher.runs import Runs
from shipway.watcher.waits import PATIENCE_MS, waits

TICK_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
PING_SECONDS = 60.0
EVENTS_SECONDS = 60.0
AskEvents = Callable[[str, str], Sequence[Mapping[str, Any]]]

log = logging.getLogger(__name__)


class Clerk:
    """Works through an inbox from `start` to `close`. `ask_events` gives the warnings about a pod."""

    def __init__(
        self, options: WatchOptions, inbox: Inbox, book: Book, figures: Figures, ask_events: AskEvents
    ) -> None:
        self._options = options
        self._inbox = inbox
        self._book = book
        self._figures = figures
        self._ask_events = ask_events
        self._runs = Runs()
        self._to_compare: set[str] = set()
        self._asked: dict[str, float] = {}
        self._paused_until = 0.0
        self._pause = FIRST_PAUSE
        self._pinged = 0.0
        self._last_fault = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shipway-clerk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Record what is known by now, as far as there is time for it."""
        self._stopping.set()
        self._thread.join(seconds)
        if not self._thread.is_alive():
            self._book.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.turn(TICK_SECONDS)
        self.turn(0.0)

    def turn(self, seconds: float) -> None:
        """Take in what has come, waiting so long for the first of it, and settle what has changed."""
        for news in self._inbox.take(seconds):
            self._take(news)
        if time.monotonic() >= self._paused_until:
            self._settle_all()

    def _take(self, news: News) -> None:
        if news.verb == LOST:
            self._figures.cluster_lost(news.namespace, news.kind, str(news.content))
            return
        self._figures.cluster_found(news.namespace, news.kind)
        self._runs.take(news)
        if news.verb == LISTED and news.kind == WORKFLOWS:
            self._to_compare.add(news.namespace)
        if news.verb == LISTED:
            what = "pods" if news.kind == PODS else "workflows"
            log.info("Namespace %r has %d %s of runs.", news.namespace, len(news.content), what)

    def _settle_all(self) -> None:
        try:
            self._look_at_pending()
            for run in self._runs.changed():
                self._settle(run)
            for namespace in list(self._to_compare):
                self._compare(namespace)
            if time.monotonic() - self._pinged > PING_SECONDS:
                self._book.ping()
                self._pinged = time.monotonic()
        except (EnvironmentFault, MetadataStatus) as error:
            self._note_fault(str(error))
        except Exception as error:
            log.exception("Something is wrong with what was told of a run; it is tried again.")
            self._note_fault(repr(error))
        else:
            if self._last_fault:
                log.info("The metadata store %s can be written again.", self._book)
            self._last_fault, self._pause = "", FIRST_PAUSE
            self._figures.store_found()

    def _note_fault(self, sentence: str) -> None:
        """Try again after a while; the sentence is logged when it is a new one."""
        self._figures.store_lost()
        if sentence != self._last_fault:
            log.warning("%s Runs are recorded once it answers.", sentence)
        self._last_fault = sentence
        self._paused_until = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _settle(self, run: RunState) -> None:
        """Make the store say what is known of a run. What has been recorded is not recorded again."""
        dead = list(deaths(run)) if run.is_ours else []  # a pod's death may be heard of after the end of its run
        if not run.is_ours or (not dead and run.told_end is not None and run.told_end == run.end):
            self._leave(run)
            return
        now_ms = time.time_ns() // 1_000_000
        executions = self._book.executions(run.run_id) if dead or run.has_ended else []
        for one in dead:
            if self._book.death(one, executions, run.is_stopped, now_ms):
                self._figures.died(run.namespace, one.reason)
                log.info("Run %s: %s", run.run_id, one.sentence)
            run.settled.add(one.key)
        if run.has_ended:
            self._end(run, executions, bool(dead), now_ms)
        else:
            self._go_on(run, now_ms)

    def _go_on(self, run: RunState, now_ms: int) -> None:
        """Say that a run goes on. Of one that was stopped, what was last said of its waits stands: its pods go away."""
        workflow = run.workflow
        if workflow is not None and not run.is_stopped:
            waiting = waits(run, now_ms)
            place = self._options.place(run.namespace)
            live = LiveRun(workflow.pipeline, run.run_id, workflow.began_ms, place, waiting)
            if live != run.told_live:
                self._book.go_on(live)
                known = {one.task for one in run.told_live.waiting} if run.told_live else set()
                for one in waiting:
                    if one.task not in known:
                        log.info("Run %s: %s", run.run_id, one.sentence)
                run.told_live, run.told_end, run.told = live, None, None
            self._figures.waiting(run.namespace, run.run_id, len(waiting))
        self._runs.settled(run)

    def _end(self, run: RunState, executions: list[RecordedExecution], is_stale: bool, now_ms: int) -> None:
        """Record that a run has ended; it stays open while records of its steps may still be on their way."""
        assert run.workflow is not None
        assert run.end is not None
        state, at_ms = run.end
        told = run.told or self._book.told(run.run_id)
        run.told = told
        for waiting in told.live.waiting if told.live and run.is_stopped else ():
            self._book.gave_up(run, waiting, executions, at_ms)
        if (state, at_ms) not in told.ends or told.live is not None:
            self._record_end(run, run.workflow, told)
            run.told = ToldOfRun(run.workflow.pipeline, None, (*told.ends, (state, at_ms)))
        self._figures.waiting(run.namespace, run.run_id, 0)
        open_ones = running(self._book.executions(run.run_id) if is_stale else executions)
        if open_ones and not run.is_stopped and now_ms - at_ms < self._options.lost_seconds * 1000:
            return  # still changed: looked at again at the next turn
        for one in open_ones:
            self._book.lost(one, run.is_stopped, at_ms)
        run.told_end, run.told_live, run.told = run.end, None, None
        self._leave(run)

    def _record_end(self, run: RunState, workflow: Workflow, told: ToldOfRun) -> None:
        if workflow.was_cut_off:
            is_new = self._book.end_of_vanished(run.run_id, workflow.state, workflow.ended_ms)
        else:
            if not told.pipeline:  # nothing of it was recorded: all its steps were cached, or it was over too soon
                place = self._options.place(run.namespace)
                self._book.go_on(LiveRun(workflow.pipeline, run.run_id, workflow.began_ms, place))
            self._book.end(run.run_id, workflow.state, workflow.ended_ms)
            is_new = True
        if is_new:
            self._figures.ended(run.namespace, workflow.state)
            log.info("Run %s of %s has ended: %s.", run.run_id, workflow.pipeline, workflow.state)

    def _leave(self, run: RunState) -> None:
        """Nothing is left to do for a run, for now."""
        if run.has_ended or not run.is_ours:
            run.forget_pods()
        self._runs.settled(run)
        if run.workflow is not None and run.workflow.is_deleted:
            self._runs.forget(run)

    def _look_at_pending(self) -> None:
        """Pods that have not ended are looked at again though nothing changes: a minute makes a difference."""
        now_ms = time.time_ns() // 1_000_000
        for run in self._runs.with_pending():
            for pod in run.pending:
                if pod.phase == "Pending":
                    self._runs.touch(run)
                    if now_ms - pod.began_ms >= PATIENCE_MS:
                        self._hear_events(run, pod)

    def _hear_events(self, run: RunState, pod: RunPod) -> None:
        """What keeps a volume from a pod stands in events alone; each pod is asked about once a minute."""
        now = time.monotonic()
        if now - self._asked.get(pod.uid, -EVENTS_SECONDS) < EVENTS_SECONDS:
            return
        self._asked = {uid: at for uid, at in self._asked.items() if now - at < EVENTS_SECONDS} | {pod.uid: now}
        try:
            run.events[pod.uid] = self._ask_events(pod.namespace, pod.uid)
        except ShipwayError as fault:
            if str(fault) != self._figures.last_event_fault:
                log.warning("%s", fault)
            self._figures.last_event_fault = str(fault)

    def _compare(self, namespace: str) -> None:
        """Runs that go on as far as the store knows, and that the cluster does not have any more, are over."""
        if not self._runs.is_listed(namespace):
            return
        oldest_ms = time.time_ns() // 1_000_000 - self._options.lost_seconds * 1000
        for live in self._book.live_runs(self._options.place(namespace)):
            run = self._runs.get(namespace, live.run_id)
            if (run is None or run.workflow is None) and live.began_ms < oldest_ms:
                executions = self._book.executions(live.run_id)
                state = state_by_steps(executions)
                at_ms = max((one.updated_ms for one in executions), default=live.began_ms)
                if self._book.end_of_vanished(live.run_id, state, at_ms):
                    self._figures.ended(namespace, state)
                    log.info("Run %s is no longer in the cluster; as its steps tell, it ended: %s.", live.run_id, state)
        self._to_compare.discard(namespace)
