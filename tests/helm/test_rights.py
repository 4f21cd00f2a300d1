"""Who may do what: every right is in this table, and in the one of the documents."""

from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "helm" / "shipway" / "README.md"
WATCHER = {
    ("", "pods", "list watch"),
    ("", "events", "list"),
    ("argoproj.io", "workflows", "list watch"),
}
PIPELINES = {
    ("serving.kserve.io", "inferenceservices", "get list create patch delete"),
    ("serving.kserve.io", "servingruntimes", "get list"),
    ("apps", "deployments", "get list"),
    ("", "pods", "list"),
    ("", "services", "get"),
}
CLUSTER = {("serving.kserve.io", "clusterservingruntimes", "get list")}


def rights(role):
    return {
        (group, resource, " ".join(rule["verbs"]))
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_rights_are_these_and_no_others(each):
    expected = {"-watcher": WATCHER, "-pipelines": PIPELINES}
    for role in each.all("Role"):
        (suffix,) = [suffix for suffix in expected if role["metadata"]["name"].endswith(suffix)]
        assert rights(role) == expected[suffix]
    for role in each.all("ClusterRole"):
        assert rights(role) == CLUSTER


def test_nothing_is_bound_that_the_release_did_not_make(each):
    bindings = each.all("RoleBinding") + each.all("ClusterRoleBinding")
    assert len(bindings) == len(each.all("Role")) + len(each.all("ClusterRole"))
    for binding in bindings:
        namespace = binding["metadata"].get("namespace", "")
        assert (binding["roleRef"]["kind"], namespace, binding["roleRef"]["name"]) in each.names


def test_the_watcher_reads_where_runs_are_and_nowhere_else(objects):
    release = objects({"pipelines": {"namespaces": ["kubeflow", "team-a"]}})
    bound = [one for one in release.all("RoleBinding") if one["metadata"]["name"] == "shipway-watcher"]
    assert {one["metadata"]["namespace"] for one in bound} == {"kubeflow", "team-a"}
    account = {"kind": "ServiceAccount", "name": "shipway-watcher", "namespace": "shipway"}
    assert all(one["subjects"] == [account] for one in bound)


def test_pipelines_push_to_the_namespaces_that_were_named(objects):
    rbac = {"create": True, "servingNamespaces": ["models"]}
    release = objects({"pipelines": {"namespaces": ["kubeflow", "team-a"], "serviceAccount": "runner", "rbac": rbac}})
    binding = release.one("RoleBinding", "-pipelines")
    assert binding["metadata"]["namespace"] == "models"
    runners = [{"kind": "ServiceAccount", "name": "runner", "namespace": one} for one in ("kubeflow", "team-a")]
    assert binding["subjects"] == runners


def test_without_them_there_are_no_rights(objects):
    release = objects({"pipelines": {"rbac": {"create": False}}, "watcher": {"enabled": False}})
    assert not [one for one in release if one["apiVersion"].startswith("rbac.")]


@pytest.mark.parametrize("right", sorted(WATCHER | PIPELINES | CLUSTER))
def test_the_documents_say_why(right):
    group, resource, verbs = right
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    named = f"`{resource}`" + (f" ({group})" if group else "")
    assert any(named in line and f"`{verbs.replace(' ', '`, `')}`" in line for line in lines)
