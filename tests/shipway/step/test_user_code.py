import os
import subprocess
import sys

import pytest

from shipway.step.user_code import is_users

LOAD = "from shipway.step import load_module; print(load_module({module!r}).WORD)"


@pytest.mark.parametrize("by", ["path", "name"])
def test_an_edit_within_a_second_that_keeps_the_size_counts(tmp_path, by):
    path = tmp_path / "edited_module.py"
    module = str(path) if by == "path" else "edited_module"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    said = []
    for word in ("one", "two"):
        path.write_text(f"WORD = '{word}'\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        command = [sys.executable, "-c", LOAD.format(module=module)]
        said.append(subprocess.check_output(command, env=environment, text=True).strip())
    assert said == ["one", "two"]


def test_whose_a_module_is(tmp_path, monkeypatch):
    (tmp_path / "module_of_a_user.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert is_users("module_of_a_user")
    assert not any(is_users(name) for name in ("json", "sys", "numpy", "shipway.step", "no_such_module.at_all"))
