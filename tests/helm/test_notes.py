"""The next commands, as Helm prints them after an installation: everything that they name is there."""

import re
from pathlib import Path

import pytest
import yaml

CI = Path(__file__).resolve().parent.parent.parent / "helm" / "shipway" / "ci"
NAMED = re.compile(r"(deployment|service|cronjob)/([a-z-]+)")


@pytest.mark.parametrize("values", ["", *sorted(path.name for path in CI.glob("*.yaml"))])
def test_what_the_notes_name_is_there(rendered, values):
    texts = rendered(yaml.safe_load((CI / values).read_text()) if values else {})
    notes = texts["shipway/templates/NOTES.txt"]
    objects = {
        (one["kind"].lower(), one["metadata"]["name"])
        for path, text in texts.items()
        if path.endswith(".yaml")
        for one in yaml.safe_load_all(text)
        if one
    }
    named = set(NAMED.findall(notes))
    assert named
    assert named <= objects
    assert "\n\n\n" not in notes


def test_the_token_is_brought_to_the_namespaces_of_pipelines(rendered):
    def notes(**pipelines):
        return rendered({"pipelines": pipelines})["shipway/templates/NOTES.txt"]

    assert "kubectl --namespace kubeflow create secret generic shipway-metadata-token" in notes()
    assert "create secret" not in notes(namespaces=["shipway"])  # where it is already


def test_who_has_no_backups_is_told(rendered):
    told = "No backups of the metadata are made."
    assert told in rendered()["shipway/templates/NOTES.txt"]
    backup = {"metadata": {"backup": {"enabled": True}}}
    assert told not in rendered(backup)["shipway/templates/NOTES.txt"]
