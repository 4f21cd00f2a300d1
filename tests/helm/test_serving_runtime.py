"""KServe's runtime: the manifest's, whether it comes by the chart or by itself."""

from pathlib import Path

import yaml

MANIFEST = Path(__file__).resolve().parent.parent.parent / "manifests" / "serving" / "clusterservingruntime.yaml"


def manifest():
    return yaml.safe_load(MANIFEST.read_text())


def test_the_chart_makes_what_the_manifest_says(objects):
    runtime = objects().one("ClusterServingRuntime")
    assert runtime["metadata"]["name"] == manifest()["metadata"]["name"]
    assert runtime["spec"] == manifest()["spec"]


def test_namespaces_can_have_it_without_the_cluster(objects):
    release = objects({"servingRuntime": {"namespaces": ["models", "team-a"]}})
    assert not release.all("ClusterServingRuntime")
    runtimes = release.all("ServingRuntime")
    assert [one["metadata"]["namespace"] for one in runtimes] == ["models", "team-a"]
    assert all(one["spec"] == manifest()["spec"] for one in runtimes)


def test_the_logged_runtime_writes_the_log_and_is_taken_by_its_name_alone(objects):
    release = objects({"inferenceLog": {"enabled": True, "samplingRate": 0.5}})
    runtime = release.one("ServingRuntime", "-logged")["spec"]
    (container,), (plain,) = runtime["containers"], manifest()["spec"]["containers"]
    assert container["args"] == [
        *plain["args"], "--inference_log=/var/log/inference", "--inference_log_sampling_rate=0.5"
    ]  # fmt: skip
    assert not any(one["autoSelect"] for one in runtime["supportedModelFormats"])
    (claim,) = [one for one in runtime["volumes"] if one["name"] == "inference-log"]
    assert (
        claim["persistentVolumeClaim"]["claimName"] == release.one("PersistentVolumeClaim", "-log")["metadata"]["name"]
    )


def test_a_bucket_can_be_the_logs_volume(objects):
    release = objects("postgresql")
    volumes = {one["name"]: one for one in release.one("ServingRuntime", "-logged")["spec"]["volumes"]}
    assert volumes["inference-log"]["csi"]["volumeAttributes"] == {"bucketName": "inference-log"}
    assert not [one for one in release.all("PersistentVolumeClaim") if "log" in one["metadata"]["name"]]
