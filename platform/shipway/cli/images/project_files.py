"""The files of a project as they go into an image: readable for the image's user, without what a run has left there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from shipway.errors import InputError

LEFT_OUT = frozenset({"__pycache__", "node_modules"})
KEPT_THOUGH_HIDDEN = frozenset({".dockerignore"})
ENVIRONMENT_MARK = "pyvenv.cfg"
DIRECTORY, FILE, PROGRAM = 0o755, 0o644, 0o755


class NoProject(InputError):
    """There is nothing to put into an image."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(
            f"{str(folder)!r} {problem}: name the folder of your pipeline and its module files "
            "('shipway init DIR' makes one)."
        )


class LinkLeadsOut(InputError):
    """A link to something that the image would not have."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{str(path)!r} is a link to a folder or out of the project, which an image would not have: put what it "
            "leads to in its place."
        )


def copy_project(project: Path, target: Path) -> None:
    """Copy what belongs into an image; raises `NoProject`, `LinkLeadsOut`.

    What is hidden stays (a version's history, secrets in `.env`, Shipway's home), and so do virtual environments. A
    file that only its owner may read would be closed to the user that an image runs as, so modes are set anew.
    """
    if not project.is_dir():
        raise NoProject(project, "is no folder" if project.exists() else "does not exist")
    if not any(project.glob("*.py")):
        raise NoProject(project, "holds no .py file")
    for folder, names, files in os.walk(project):
        here = Path(folder)
        names[:] = sorted(name for name in names if _belongs(here / name))
        for name in names:
            if (here / name).is_symlink():
                raise LinkLeadsOut(here / name)
        there = target / here.relative_to(project)
        there.mkdir(mode=DIRECTORY, parents=True, exist_ok=True)
        for name in sorted(files):
            if _belongs(here / name):
                _copy_file(here / name, there / name, project)


def _belongs(path: Path) -> bool:
    if path.name in LEFT_OUT or (path.name.startswith(".") and path.name not in KEPT_THOUGH_HIDDEN):
        return False
    return not (path / ENVIRONMENT_MARK).exists()


def _copy_file(path: Path, target: Path, project: Path) -> None:
    real = path.resolve()
    if path.is_symlink() and not real.is_relative_to(project.resolve()):
        raise LinkLeadsOut(path)
    shutil.copyfile(real, target)
    target.chmod(PROGRAM if os.access(real, os.X_OK) else FILE)
