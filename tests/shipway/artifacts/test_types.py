from pathlib import Path

import pytest

from shipway.artifacts import ARTIFACT_TYPES, Examples, Model, ModelBlessing, local_path
from shipway.artifacts.storage import UnknownScheme


def test_properties_are_stored_as_tfx_stores_them():
    examples = Examples("/data/e")
    examples.split_names = ["train", "eval"]
    examples.span = 3
    assert examples.metadata == {"split_names": '["train", "eval"]', "span": 3}
    assert examples.split_names == ["train", "eval"]
    assert examples.version == 0


def test_types_do_not_share_their_properties():
    assert Examples.properties == {"split_names": str, "span": int, "version": int, "payload_format": str}
    assert ModelBlessing.properties == {"blessed": int, "current_model": str, "baseline_model": str}
    assert Model.properties == {}


def test_the_registry_knows_every_type_by_tfx_name():
    assert {
        "Examples",
        "ExampleStatistics",
        "Schema",
        "ExampleAnomalies",
        "TransformGraph",
        "Model",
        "ModelRun",
    } <= set(ARTIFACT_TYPES)
    assert ARTIFACT_TYPES["PushedModel"].type_name == "PushedModel"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/plain/path", "/plain/path"),
        ("file:///plain/path", "/plain/path"),
        ("minio://bucket/a/b", "/mnt/minio/bucket/a/b"),
        ("s3://bucket/a", "/mnt/s3/bucket/a"),
        ("gs://bucket/a", "/mnt/gcs/bucket/a"),
    ],
)
def test_a_uri_lies_where_the_launcher_mounts_it(uri, path, monkeypatch):
    monkeypatch.setenv("SHIPWAY_MOUNT_ROOT", "/mnt")
    assert local_path(uri) == Path(path)


@pytest.mark.parametrize("uri", ["ftp://host/file", "s3://../../etc/passwd"])
def test_a_uri_outside_the_mounts_is_refused_by_name(uri):
    with pytest.raises(UnknownScheme, match=r"No storage is known for the URI '" + uri[:3]):
        local_path(uri)
