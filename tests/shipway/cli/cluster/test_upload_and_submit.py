"""`shipway upload` and `shipway submit`: one version for each content, parameters checked before anything is sent."""

import pytest
import yaml


def bodies(pipelines):
    return list(pipelines.runs.values())


def test_upload_twice_is_one_version(call, pipelines, pipeline):
    first = call("upload", pipeline)
    assert (first.code, first.err) == (0, "")
    (version,) = pipelines.versions.values()
    assert first.out.splitlines() == [
        f"Uploaded version {version['display_name']} of taxi.",
        f"run it: shipway submit --version {version['display_name']}",
    ]
    assert call("upload", pipeline).out.startswith("Already there: version taxi-")
    assert len(pipelines.versions) == 1


def test_what_is_uploaded_is_what_compile_writes(call, pipelines, pipeline, tmp_path):
    cluster = tmp_path / "there.yaml"
    cluster.write_text("images:\n  train: example.com/train@sha256:" + "0" * 64 + "\n")
    call("upload", pipeline, "--cluster-file", cluster)
    (version,) = pipelines.versions.values()
    compiled = tmp_path / "placed.yaml"
    assert call("compile", pipeline, "-o", compiled, "--cluster-file", cluster).code in (0, 2)
    if compiled.exists():
        spec, platform = yaml.safe_load_all(compiled.read_text())
        assert version["pipeline_spec"] == {"pipeline_spec": spec, "platform_spec": platform}


def test_upload_as_json(call, pipelines, pipeline):
    told = call("upload", pipeline, "--json").json
    assert told["version_id"] in pipelines.versions
    assert (told["pipeline"], told["is_new"]) == ("taxi", True)


def test_submit_uploads_and_starts_a_run(call, pipelines, pipeline):
    done = call("submit", pipeline, "--param", "name=a", "--param", "rows=7")
    (run,) = bodies(pipelines)
    assert run["runtime_config"]["parameters"] == {"rows": 7, "name": "a"}
    assert done.out == f"Started run {run['run_id']} of {next(iter(pipelines.versions.values()))['display_name']}.\n"
    assert f"shipway runs show {run['run_id']} --cluster" in done.err
    assert run["display_name"].startswith("taxi-2")


def test_every_parameter_is_passed_defaults_too(call, pipelines, pipeline):
    call("submit", pipeline, "--param", "name=a")
    assert bodies(pipelines)[0]["runtime_config"]["parameters"] == {"rows": 5, "name": "a"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--param", "name=a", "--param", "rows=many"], "must be a whole number, such as 3"),
        (["--param", "name=a", "--param", "row=3"], "has no parameter 'row' (did you mean 'rows'?)"),
        ([], "needs the parameter 'name' (a text)"),
        (["--param", "name"], "is not NAME=VALUE"),
        (["--param", "name=postgres://me:secret@db/x"], "holds a password in clear"),
    ],
)
def test_a_bad_parameter_starts_and_uploads_nothing(call, pipelines, pipeline, words, sentence):
    refused = call("submit", pipeline, *words)
    assert refused.code == 2
    assert sentence in refused.err
    assert not pipelines.versions
    assert not pipelines.runs


def test_options_of_a_run(call, pipelines, pipeline):
    told = call(
        "submit", pipeline, "--param", "name=a", "--experiment", "nightly", "--service-account", "trainer",
        "--pipeline-root", "s3://b/r", "--name", "mine", "--json",
    ).json  # fmt: skip
    (run,) = bodies(pipelines)
    assert told["run_id"] == run["run_id"]
    assert told["version"].startswith("taxi-")
    assert (run["display_name"], run["service_account"]) == ("mine", "trainer")
    assert run["runtime_config"]["pipeline_root"] == "s3://b/r"
    assert [one["display_name"] for one in pipelines.experiments.values()] == ["nightly"]


def test_the_service_account_of_the_cluster_file(call, pipelines, pipeline, tmp_path):
    (tmp_path / "cluster.yaml").write_text("service_account: from-the-file\n")
    call("submit", pipeline, "--param", "name=a")
    assert bodies(pipelines)[0]["service_account"] == "from-the-file"


def test_without_the_cache_is_a_version_of_its_own(call, pipelines, pipeline):
    call("upload", pipeline)
    call("submit", pipeline, "--param", "name=a", "--no-cache")
    cached, fresh = pipelines.versions.values()
    assert cached["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]["train"]["cachingOptions"]
    assert fresh["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]["train"]["cachingOptions"] == {}
    assert bodies(pipelines)[0]["pipeline_version_reference"]["pipeline_version_id"] == fresh["pipeline_version_id"]


def test_a_version_is_run_as_it_was_uploaded(call, pipelines, pipeline):
    name = call("upload", pipeline, "--json").json["name"]
    pipeline.unlink()
    assert call("submit", "--version", name, "--param", "name=a").code == 0
    assert call("submit", "taxi", "--version", name, "--param", "name=a", "--no-cache").code == 0
    assert len(pipelines.versions) == 2
    refused = call("submit", "--version", name, "--param", "rows=x")
    assert (refused.code, "must be a whole number" in refused.err) == (2, True)


def test_nothing_to_submit(call):
    refused = call("submit")
    assert refused.code == 2
    assert "--version" in refused.err


def test_no_endpoint(call, pipeline, monkeypatch):
    monkeypatch.delenv("SHIPWAY_KFP")
    refused = call("upload", pipeline)
    assert (refused.code, "set SHIPWAY_KFP" in refused.err) == (2, True)


def test_a_pipeline_that_is_not_there(call):
    assert "taxy.yaml" in call("upload", "taxy.yaml").err


def test_the_sdk_is_not_imported(pipelines, pipeline, imported_by, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    imported = imported_by("submit", str(pipeline), "--param", "name=a")
    assert "kfp_server_api" in imported
    assert not {"kfp", "kubernetes", "tensorflow"} & imported


def test_other_commands_import_no_client(imported_by, tmp_path, monkeypatch):
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    for words in (["runs"], ["submit", "--help"], ["schedule", "create", "--help"]):
        assert not {"kfp", "kfp_server_api", "kubernetes"} & imported_by(*words)
