"""`shipway init`: a whole project under the folder's name, or nothing."""

from pathlib import Path

import pytest

from shipway.cli.__main__ import main
from shipway.cli.init import create_project, project_name
from shipway.errors import EnvironmentFault


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_makes_a_project_and_says_what_to_do_next(tmp_path, capsys):
    folder = tmp_path / "Night Owls"
    assert main(["init", str(folder)]) == 0
    assert files_of(folder) == [
        "README.md", "cleaning.py", "cluster.yaml", "data/penguins.csv", "module.py", "pipeline.py", "test_project.py",
    ]  # fmt: skip
    assert "shipway run pipeline.py" in capsys.readouterr().out


def test_the_pipeline_is_called_after_the_folder(tmp_path):
    create_project(tmp_path / "night-owls")
    text = (tmp_path / "night-owls" / "pipeline.py").read_text()
    assert '@dsl.pipeline(name="night-owls")' in text
    assert "def night_owls(" in text
    assert "serving/night-owls" in text
    assert not any("my-project" in path.read_text() for path in (tmp_path / "night-owls").glob("*.*"))


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Night Owls", "night-owls"),
        ("a_b.c", "a-b-c"),
        ("2024", "project-2024"),
        ("éé", "project"),
    ],
)
def test_names_that_kubeflow_takes(folder, name):
    assert project_name(Path(folder)) == name


def test_a_keyword_makes_no_function_name(tmp_path):
    create_project(tmp_path / "class")
    compile((tmp_path / "class" / "pipeline.py").read_text(), "pipeline.py", "exec")


def test_an_empty_folder_is_filled(tmp_path):
    folder = tmp_path / "owls"
    folder.mkdir()
    create_project(folder)
    assert (folder / "pipeline.py").is_file()


def test_files_are_never_overwritten(tmp_path, capsys):
    folder = tmp_path / "owls"
    folder.mkdir()
    (folder / "module.py").write_text("mine")
    assert main(["init", str(folder)]) == 2
    assert files_of(folder) == ["module.py"]
    assert (folder / "module.py").read_text() == "mine"
    error = capsys.readouterr().err
    assert error == (
        f"Error: '{folder}' holds files already (module.py): name a folder that does not exist yet, or an empty one.\n"
    )


def test_a_file_in_the_way(tmp_path, capsys):
    (tmp_path / "owls").write_text("")
    assert main(["init", str(tmp_path / "owls")]) == 2
    assert "is a file" in capsys.readouterr().err


def test_a_folder_inside_a_file(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["init", str(tmp_path / "file" / "owls")]) == 2
    assert "would lie in the file" in capsys.readouterr().err


def test_a_copy_that_breaks_off_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shipway.cli.init._rename", full)
    assert main(["init", str(tmp_path / "owls")]) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named():
    with pytest.raises(EnvironmentFault, match="Cannot write to '/proc/owls'"):
        create_project(Path("/proc/owls"))
