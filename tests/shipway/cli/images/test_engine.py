"""The engines' words: what is asked of each, and what is said when it fails."""

from pathlib import Path

import pytest

from shipway.cli.images.engine import (
    BaseImageMissing,
    Build,
    BuildFailed,
    EngineUnusable,
    NoEngine,
    PushFailed,
    UnknownEngine,
    find_engine,
)

DIGEST = "sha256:" + "a" * 64


def build(tmp_path, **more) -> Build:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return Build(image="x/y:1", context=tmp_path, dockerfile=tmp_path / "Dockerfile", **more)


def words_of(engine) -> list[str]:
    return engine.calls("build")[-1]["words"]


def test_the_first_engine_on_the_path_is_taken_and_a_named_one_before_it(engine, monkeypatch):
    assert find_engine().name == "buildah"
    engine.install("docker")
    assert find_engine().name == "docker"
    assert find_engine("buildah").name == "buildah"
    monkeypatch.setenv("ENGINE", "buildah")
    assert find_engine().name == "buildah"
    with pytest.raises(UnknownEngine, match="'kaniko': name one of docker, podman, buildah"):
        find_engine("kaniko")
    with pytest.raises(NoEngine, match=r"\(podman on PATH\)"):
        find_engine("podman")


@pytest.mark.parametrize("broken", ["version", "buildx"])
def test_a_docker_without_its_server_or_its_builder_gives_way_to_another_engine(engine, broken):
    engine.install("docker")
    engine.order(**{broken: {"fails": "Cannot connect to the Docker daemon", "status": 1}})
    assert find_engine().name == "buildah"
    with pytest.raises(EngineUnusable, match=r"docker .* \(Cannot connect to the Docker daemon\).*\(podman, buildah\)"):
        find_engine("docker")


def test_no_engine_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ENGINE", raising=False)
    with pytest.raises(NoEngine, match="install one of docker, podman, buildah"):
        find_engine()


def test_a_health_check_survives_where_the_format_has_a_choice(engine, tmp_path):
    for name in ("docker", "podman", "buildah"):
        engine.install(name)
        find_engine(name).build(build(tmp_path))
        assert ("--format docker" in " ".join(words_of(engine))) == (name != "docker")


def test_a_build_carries_target_platform_and_arguments(engine, tmp_path):
    find_engine().build(build(tmp_path, target="data", platform="linux/amd64", arguments={"BASE": "a", "VERSION": "1"}))
    said = " ".join(words_of(engine))
    assert "--target data --platform linux/amd64 --build-arg BASE=a --build-arg VERSION=1" in said
    assert "--tag x/y:1" in said
    assert said.endswith(str(tmp_path))


def test_a_failed_build_shows_its_last_lines(engine, tmp_path, capfd):
    engine.order(build={"says": "\n".join(f"line {n}" for n in range(30)), "status": 3})
    with pytest.raises(BuildFailed) as failure:
        find_engine().build(build(tmp_path))
    assert "could not build 'x/y:1': line 22 | " in str(failure.value)
    assert str(failure.value).endswith("line 29")
    assert "line 0" in capfd.readouterr().err


def test_a_base_that_is_nowhere_is_named(engine, tmp_path):
    engine.order(build={"says": "manifest unknown", "status": 1}, inspect={"status": 1})
    with pytest.raises(BaseImageMissing, match=r"base image .shipway/data:9. .* .make images."):
        find_engine().build(build(tmp_path, base="shipway/data:9"))
    engine.order(build={"says": "no space left on device", "status": 1})
    with pytest.raises(BuildFailed, match="no space left"):
        find_engine().build(build(tmp_path, base="shipway/data:9"))


@pytest.mark.parametrize("name", ["docker", "podman", "buildah"])
def test_a_push_gives_the_digest(engine, name):
    engine.install(name)
    assert find_engine(name).push("registry.example.com/x:1") == DIGEST


def test_a_push_that_the_registry_refuses(engine):
    engine.order(push={"says": "unauthorized: authentication required", "status": 1})
    with pytest.raises(PushFailed, match=r"\(unauthorized.*'buildah login registry.example.com'"):
        find_engine().push("registry.example.com/x:1")


def test_an_engine_that_takes_a_push_and_says_no_digest_is_not_believed(engine):
    engine.order(push={"says": "done", "status": 0})
    with pytest.raises(PushFailed):
        find_engine().push("registry.example.com/x:1")


def test_an_engine_named_by_a_path(engine):
    assert find_engine(str(Path(engine.folder, "buildah"))).name == "buildah"
