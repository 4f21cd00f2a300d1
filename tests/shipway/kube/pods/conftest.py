"""Pods as a Kubernetes 1.34 had them, each broken in a way of its own, with the warnings about them."""

import json
from pathlib import Path

import pytest

RECORDED = Path(__file__).with_name("recorded")


@pytest.fixture(scope="session")
def recorded():
    """The pod and the events of one recording, by its name."""

    def read(name):
        content = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
        return content["pod"], content["events"]

    return read
