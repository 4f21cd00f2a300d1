"""What the control image's root file system is made of: an environment, its Python, the libraries these load."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from image_definitions import REPOSITORY


@pytest.fixture(scope="module")
def root():
    path = str(REPOSITORY / "docker" / "control" / "root")
    spec = importlib.util.spec_from_loader("control_root", importlib.machinery.SourceFileLoader("control_root", path))
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


@pytest.fixture
def environment(tmp_path):
    """A virtual environment of this Python, without anything in it."""
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


def test_the_interpreter_is_followed_through_its_links_to_the_program(root, environment):
    chain = root._interpreter(environment)
    assert chain[0] == environment / "bin" / "python"
    assert all(path.is_symlink() for path in chain[:-1])
    assert chain[-1].is_file()
    assert not chain[-1].is_symlink()


def test_libraries_are_those_that_the_loader_finds_outside_of_the_environment(root, tmp_path):
    libraries = root._libraries([tmp_path])
    assert any(path.name.startswith("libc.so") for path in libraries)
    assert any(path.name.startswith("ld-linux") for path in libraries)
    assert all(path.exists() for path in libraries)


def test_a_file_is_copied_with_the_links_that_lead_to_it(root, tmp_path):
    source, target = tmp_path / "lib", tmp_path / "root"
    source.mkdir()
    (source / "libx.so.1.2").write_text("x")
    (source / "libx.so.1").symlink_to("libx.so.1.2")
    root._copy(source / "libx.so.1", target)
    copied = target / source.relative_to("/")
    assert os.readlink(copied / "libx.so.1") == "libx.so.1.2"
    assert (copied / "libx.so.1.2").read_text() == "x"


def test_a_tree_is_copied_without_what_is_left_out(root, tmp_path):
    source, target = tmp_path / "python", tmp_path / "root"
    for name in ("json/tool.py", "test/support.py", "site-packages/pip.py", "config-3.11/lib.a"):
        (source / name).parent.mkdir(parents=True)
        (source / name).write_text("x")
    root._copy_tree(source, target, root.LEFT_OUT)
    assert [path.name for path in Path(target).rglob("*") if path.is_file()] == ["tool.py"]
