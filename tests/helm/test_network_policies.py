"""The release's pods get and send what is listed, and nothing else."""


def policy(objects, suffix):
    return objects.one("NetworkPolicy", suffix)["spec"]


def test_everything_is_denied_first(objects):
    denied = policy(objects(), "-default-deny")
    assert denied["policyTypes"] == ["Ingress", "Egress"]
    assert not denied.keys() & {"ingress", "egress"}
    labels = {"app.kubernetes.io/name": "shipway", "app.kubernetes.io/instance": "shipway"}
    assert denied["podSelector"] == {"matchLabels": labels}  # not what else runs in the namespace


def test_every_deployment_has_a_policy_of_its_own(each):
    policies = each.all("NetworkPolicy")
    for one in each.all("Deployment") if policies else ():
        selector = one["spec"]["selector"]["matchLabels"]
        assert [found for found in policies if found["spec"]["podSelector"]["matchLabels"] == selector]


def test_the_metadata_service_over_a_file_calls_nobody(objects):
    assert "egress" not in policy(objects(), "shipway-metadata")


def test_pods_of_pipelines_may_call_the_metadata_service_and_see_no_metrics(objects):
    calls, scrapes = policy(objects(), "shipway-metadata")["ingress"]
    kubeflow = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kubeflow"}}}
    assert calls["ports"] == [{"port": "grpc"}]
    assert kubeflow in calls["from"]
    assert scrapes["ports"] == [{"port": "metrics"}]
    assert kubeflow not in scrapes["from"]


def test_names_are_looked_up_in_the_clusters_own_namespace(objects):
    (names, metadata) = policy(objects(), "shipway-exporter")["egress"]
    assert [port["port"] for port in names["ports"]] == [53, 53]
    assert {port["protocol"] for port in names["ports"]} == {"UDP", "TCP"}
    assert metadata["ports"] == [{"port": "grpc"}]


def test_the_watcher_alone_reaches_kubernetes(objects):
    api = {"ports": [{"port": 443}, {"port": 6443}]}
    reaching = [
        one["metadata"]["name"] for one in objects().all("NetworkPolicy") if api in one["spec"].get("egress", [])
    ]
    assert reaching == ["shipway-watcher"]


def test_an_object_store_is_reached_where_one_is_named(objects):
    assert {"ports": [{"port": 9000}]} in policy(objects("full"), "shipway-dashboards")["egress"]
    assert len(policy(objects(), "shipway-dashboards")["egress"]) == 2
