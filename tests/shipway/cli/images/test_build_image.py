"""`shipway build-image`: a project's files on top of the platform's images, and the names that a cluster knows."""

import re

import pytest
import yaml

import shipway
from shipway.cli.__main__ import main

DIGEST = "sha256:" + "a" * 64
NAME = "registry.example.com/team/owls"


def images_of(text):
    return yaml.safe_load(text[text.index("images:") :])["images"]


def test_one_image_for_each_that_runs_the_projects_code(engine, project, capsys):
    assert main(["build-image", str(project)]) == 0
    builds = engine.calls("build")
    assert [call["words"][call["words"].index("--build-arg") + 1] for call in builds] == [
        f"BASE=shipway/data:{shipway.__version__}", f"BASE=shipway/train:{shipway.__version__}",
    ]  # fmt: skip
    assert builds[0]["dockerfile"] == "ARG BASE\nFROM ${BASE}\nCOPY . /pipeline/\n"
    images = images_of(capsys.readouterr().out)
    assert re.fullmatch(r"night-owls-data:[0-9a-f]{12}", images["data"])
    assert re.fullmatch(r"night-owls-train:[0-9a-f]{12}", images["train"])
    assert not engine.calls("push")


def test_the_image_holds_the_project_and_nothing_that_a_run_left(engine, project):
    kept = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    (project / ".env").write_text("PASSWORD=x")
    (project / ".shipway").mkdir()
    (project / ".shipway" / "metadata.db").write_text("x")
    (project / "__pycache__").mkdir()
    (project / "__pycache__" / "module.pyc").write_text("x")
    (project / "venv").mkdir()
    (project / "venv" / "pyvenv.cfg").write_text("x")
    (project / "module.py").chmod(0o600)
    (project / ".dockerignore").write_text("data\n")
    main(["build-image", str(project)])
    files = engine.calls("build")[0]["files"]
    assert set(files) == kept | {".dockerignore"}
    assert files["module.py"] == "0o644"


def test_the_tag_follows_the_content_and_the_base(engine, project, capsys):
    def tag(*words):
        main(["build-image", str(project), "--on", "data", *words])
        return images_of(capsys.readouterr().out)["data"].rpartition(":")[2]

    first = tag()
    assert tag() == first
    assert tag("--platform-images", "registry.example.com/shipway") != first
    with (project / "module.py").open("a") as file:
        file.write("# changed\n")
    assert tag() != first
    assert tag("--tag", "v7") == "v7"


def test_what_is_pushed_is_named_by_digest_in_the_file_of_images(engine, project, tmp_path):
    file = tmp_path / "images.yaml"
    file.write_text(f"images:\n  data: old\n  serving: registry.example.com/shipway/serving@{DIGEST}\n")
    assert main(["build-image", str(project), "--name", NAME, "--push", "--images-file", str(file)]) == 0
    assert yaml.safe_load(file.read_text()) == {
        "images": {
            "data": f"{NAME}-data@{DIGEST}",
            "serving": f"registry.example.com/shipway/serving@{DIGEST}",
            "train": f"{NAME}-train@{DIGEST}",
        }
    }


def test_the_platforms_images_are_read_from_the_file_that_was_written_for_them(engine, project, tmp_path, capsys):
    listed = tmp_path / "images.yaml"
    listed.write_text(f"images:\n  data: registry.example.com/shipway/data@{DIGEST}\n")
    assert main(["build-image", str(project), "--on", "data", "--platform-images", str(listed)]) == 0
    assert f"BASE=registry.example.com/shipway/data@{DIGEST}" in engine.calls("build")[0]["words"]
    assert main(["build-image", str(project), "--platform-images", str(listed)]) == 2
    assert "names no image 'train'" in capsys.readouterr().err


def test_a_projects_own_dockerfile_is_used(engine, project, capsys):
    own = project / "Dockerfile"
    own.write_text("ARG BASE\nFROM ${BASE}\nCOPY module.py .\n")
    assert main(["build-image", str(project)]) == 0
    assert engine.calls("build")[0]["dockerfile"] == own.read_text()
    own.write_text("FROM debian:12\n")
    assert main(["build-image", str(project)]) == 1
    assert "'ARG BASE' and 'FROM ${BASE}'" in capsys.readouterr().err


def test_a_push_has_to_know_where_to(engine, project, capsys):
    for words in (["--push"], ["--push", "--name", "team/owls"]):
        assert main(["build-image", str(project), *words]) == 2
        assert "registry.example.com/team/" in capsys.readouterr().err
    assert not engine.calls()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "does not exist"),
        (lambda folder: folder.write_text("x"), "is no folder"),
        (lambda folder: folder.mkdir(), "holds no .py file"),
    ],
)
def test_a_folder_that_is_no_project(engine, tmp_path, capsys, make, message):
    make(tmp_path / "nothing")
    assert main(["build-image", str(tmp_path / "nothing")]) == 1
    assert message in capsys.readouterr().err
    assert not engine.calls()


def test_links_that_lead_nowhere_in_an_image(engine, project, tmp_path, capsys):
    (tmp_path / "secret").write_text("x")
    (project / "link.py").symlink_to(tmp_path / "secret")
    assert main(["build-image", str(project)]) == 1
    assert "link.py' is a link" in capsys.readouterr().err
    (project / "link.py").unlink()
    (project / "same.py").symlink_to("module.py")
    assert main(["build-image", str(project)]) == 0
    assert "same.py" in engine.calls("build")[0]["files"]


def test_a_file_that_holds_more_than_images_is_left_alone(engine, project, tmp_path, capsys):
    file = tmp_path / "cluster.yaml"
    for text in ("images: {}\npipeline_root: s3://b\n", "images: [\n", "- 1\n"):
        file.write_text(text)
        assert main(["build-image", str(project), "--images-file", str(file)]) == 1
        assert "is not touched" in capsys.readouterr().err
        assert file.read_text() == text
    assert not engine.calls()


def test_no_engine_is_said_before_anything_is_done(project, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ENGINE", raising=False)
    assert main(["build-image", str(project)]) == 1
    assert "Nothing was found that builds images" in capsys.readouterr().err
