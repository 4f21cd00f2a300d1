"""Following a collection over real HTTP: lists, watches, and what goes wrong with them."""

import importlib.util
import sys
import threading
import time
from pathlib import Path

import pytest

from shipway.kube import following
from shipway.kube.connection import connect
from shipway.kube.following import Collection, Follower
from shipway.settings import ClusterAddress

NAME = "kubernetes_stand_in"
if NAME not in sys.modules:
    spec = importlib.util.spec_from_file_location(NAME, Path(__file__).parents[2] / f"{NAME}.py")
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
stand_in = sys.modules[NAME]
PODS = stand_in.PODS.format("team")


class Listener:
    """Keeps what it is told, and what is there as far as it was told."""

    def __init__(self):
        self.told = []
        self.there = {}
        self._news = threading.Condition()

    def listed(self, objects):
        self._tell("listed", {one["name"]: one for one in objects}, clear=True)

    def changed(self, found):
        self._tell("changed", {found["name"]: found})

    def deleted(self, found):
        self._tell("deleted", {}, gone=found["name"])

    def lost(self, fault):
        self._tell(f"lost {fault}", {})

    def _tell(self, verb, found, clear=False, gone=None):
        with self._news:
            self.there = {**({} if clear else self.there), **found}
            self.there.pop(gone, None)
            self.told.append(verb)
            self._news.notify_all()

    def wait(self, condition, seconds=5.0):
        with self._news:
            assert self._news.wait_for(lambda: condition(self), seconds), (self.told, self.there)


@pytest.fixture
def api():
    server = stand_in.KubernetesStandIn()
    yield server
    server.close()


@pytest.fixture
def follow(api, tmp_path, monkeypatch):
    for name, seconds in (("EXPIRED_PAUSE", 0.01), ("FIRST_PAUSE", 0.01), ("LONGEST_PAUSE", 0.05)):
        monkeypatch.setattr(following, name, seconds)
    config = tmp_path / "config"
    config.write_text(
        "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}], "
        f"clusters: [{{name: c, cluster: {{server: '{api.url}'}}}}], users: [{{name: u, user: {{}}}}]}}"
    )
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(config))
    started = []

    def start():
        listener = Listener()
        collection = Collection(PODS, "run", "following pods", lambda one: {**one["metadata"], **one})
        listener.follower = Follower(connect(ClusterAddress()), collection, listener)
        listener.follower.start()
        started.append(listener.follower)
        return listener

    yield start
    for follower in started:
        follower.stop()


def pod(name, **fields):
    return {"metadata": {"name": name, "labels": {"run": "1"}}, **fields}


def test_what_is_there_is_listed_and_what_comes_is_told(api, follow):
    api.put(PODS, pod("a"))
    api.put(PODS, {"metadata": {"name": "others", "labels": {}}})
    listener = follow()
    listener.wait(lambda it: it.told == ["listed"])
    assert set(listener.there) == {"a"}
    api.put(PODS, pod("b"))
    api.put(PODS, pod("a", phase="Failed"))
    listener.wait(lambda it: set(it.there) == {"a", "b"} and it.there["a"].get("phase") == "Failed")
    api.delete(PODS, "a")
    listener.wait(lambda it: set(it.there) == {"b"})


def test_long_lists_come_in_pages(api, follow, monkeypatch):
    monkeypatch.setattr(following, "PAGE", "2")
    for number in range(5):
        api.put(PODS, pod(f"p{number}"))
    listener = follow()
    listener.wait(lambda it: it.told == ["listed"])
    assert len(listener.there) == 5


def test_a_watch_that_ends_goes_on_from_where_it_stood(api, follow):
    listener = follow()
    listener.wait(lambda it: it.told == ["listed"])
    api.put(PODS, pod("a"))
    listener.wait(lambda it: "a" in it.there)
    api.break_watches()
    api.put(PODS, pod("b"))
    listener.wait(lambda it: "b" in it.there)
    assert listener.told == ["listed", "changed", "changed"]


def test_a_version_that_the_server_has_forgotten_makes_it_list_anew(api, follow):
    api.put(PODS, pod("a"))
    api.put(PODS, pod("b"))
    listener = follow()
    listener.wait(lambda it: it.told == ["listed"])
    api.forget_silently(PODS, "a")
    api.forget_versions()
    listener.wait(lambda it: it.told.count("listed") >= 2 and set(it.there) == {"b"})


def test_a_list_whose_rest_has_expired_is_begun_anew(api, follow):
    api.put(PODS, pod("a"))
    api.refuse(410, "The provided continue parameter is too old")
    listener = follow()
    listener.wait(lambda it: "a" in it.there)
    assert listener.told == ["listed"]


def test_a_server_that_fails_or_refuses_is_told_and_asked_again(api, follow):
    api.put(PODS, pod("a"))
    api.refuse(500, "etcd is away")
    api.refuse(403, 'pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "team"')
    listener = follow()
    listener.wait(lambda it: "a" in it.there)
    assert "etcd is away" in listener.told[0]
    assert "lacks the verb 'list' on 'pods' in namespace 'team'" in listener.told[1]
    assert "kubectl auth can-i list pods -n team" in listener.told[1]


def test_a_server_that_goes_away_is_told(api, follow):
    listener = follow()
    listener.wait(lambda it: it.told == ["listed"])
    api.close()
    listener.wait(lambda it: any("does not answer" in told for told in it.told))


def test_a_follower_that_was_stopped_tells_nothing_more(api, follow):
    listener = follow()
    listener.wait(lambda it: it.told == ["listed"])
    time.sleep(0.05)  # its watch has begun
    listener.follower.stop()
    api.put(PODS, pod("a"))
    time.sleep(0.1)
    assert listener.told == ["listed"]
