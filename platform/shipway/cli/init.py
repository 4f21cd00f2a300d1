"""`shipway init`: a project of one's own that runs at once, to be changed from there."""

from __future__ import annotations

import argparse
import keyword
import re
import shlex
import shutil
from pathlib import Path

from shipway.artifacts import partial_sibling, writing
from shipway.errors import UsageError

TEMPLATE = Path(__file__).parent / "templates" / "project"
TEMPLATE_NAME = "my-project"
TEMPLATE_FUNCTION = "my_project"
TEXT_SUFFIXES = frozenset({".py", ".md"})
LEFT_OUT = ("__pycache__", ".*")


class FolderTaken(UsageError):
    """Something lies where the project should."""

    def __init__(self, folder: Path, found: str) -> None:
        super().__init__(f"{str(folder)!r} {found}: name a folder that does not exist yet, or an empty one.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="the folder to make; its name becomes the pipeline's")


def run(options: argparse.Namespace) -> int:
    folder = Path(options.folder)
    create_project(folder)
    print(f"Made the project {project_name(folder)!r}. Next:\n")
    print(f"  cd {shlex.quote(options.folder)}\n  shipway run pipeline.py\n")
    print("README.md there says what is what.")
    return 0


def create_project(folder: Path) -> None:
    """Make the project, whole or not at all; raises `FolderTaken` or an `EnvironmentFault`."""
    final = folder.expanduser().absolute()
    _require_free(folder, final)
    partial = partial_sibling(final)
    with writing(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copytree(TEMPLATE, partial, ignore=shutil.ignore_patterns(*LEFT_OUT))
            _rename(partial, project_name(final))
            partial.rename(final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def project_name(folder: Path) -> str:
    """The folder's name as Kubeflow Pipelines takes it: small letters, digits and dashes, a letter first."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.expanduser().absolute().name.lower()).strip("-")
    return name if name[:1].isalpha() else f"project-{name}".strip("-")


def _require_free(folder: Path, final: Path) -> None:
    if final.is_dir():
        files = sorted(path.name for path in final.iterdir())
        if files:
            more = ", ..." if len(files) > 3 else ""
            raise FolderTaken(folder, f"holds files already ({', '.join(files[:3])}{more})")
    elif final.exists() or final.is_symlink():
        raise FolderTaken(folder, "is a file")
    for above in final.parents:
        if above.is_file():
            raise FolderTaken(folder, f"would lie in the file {str(above)!r}")


def _rename(project: Path, name: str) -> None:
    function = name.replace("-", "_")
    function = f"{function}_pipeline" if keyword.iskeyword(function) else function
    for path in project.rglob("*"):
        if path.suffix in TEXT_SUFFIXES:
            text = path.read_text(encoding="utf-8").replace(TEMPLATE_NAME, name).replace(TEMPLATE_FUNCTION, function)
            path.write_text(text, encoding="utf-8")
