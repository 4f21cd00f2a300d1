import pytest

from shipway.step import load_module, require_function
from shipway.step.module_file import (
    FunctionMissing,
    ModuleBroken,
    ModuleNotFound,
    check_syntax,
    find_module,
    module_digest,
)


def module(tmp_path, text, name="users_module"):
    path = tmp_path / f"{name}.py"
    path.write_text(text)
    return str(path)


def test_a_path_loads_with_its_siblings(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    module(tmp_path, "VALUE = 5\n", "users_features")
    loaded = load_module(module(tmp_path, "import users_features\ndef run_fn(a): return users_features.VALUE\n"))
    assert require_function(loaded, "run_fn", "users_module.py")(None) == 5


def test_a_relative_path_is_also_looked_up_on_the_import_path(tmp_path, monkeypatch):
    path = module(tmp_path, "", "elsewhere")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert str(find_module("elsewhere.py")) == path
    assert str(find_module("elsewhere")) == path


@pytest.mark.parametrize("name", ["missing.py", "/no/such/file.py", "no_such_package.module", "a..b"])
def test_a_missing_module_is_named(name):
    with pytest.raises(ModuleNotFound, match="was not found: give the path"):
        load_module(name)


def test_a_syntax_error_names_its_line(tmp_path):
    with pytest.raises(ModuleBroken, match=r"cannot be loaded: .* in line 2 of .*broken_module\.py"):
        load_module(module(tmp_path, "x = 1\ndef run_fn(:\n", "broken_module"))


def test_a_syntax_error_is_seen_without_running_anything(tmp_path):
    broken = module(tmp_path, "raise RuntimeError\ndef run_fn(a):\nreturn a\n", "unrun_module")
    with pytest.raises(ModuleBroken, match=r"expected an indented block .* in line 3 of .*unrun_module\.py\.$"):
        module_digest(broken)
    check_syntax(module(tmp_path, "raise RuntimeError\nx = 1 is 1\n", "whole_module"))


def test_an_import_error_names_its_line(tmp_path):
    with pytest.raises(ModuleBroken, match=r"No module named 'nothing_there' in line 1 of"):
        load_module(module(tmp_path, "import nothing_there\n", "importing_module"))


def test_a_missing_function_names_those_there_are(tmp_path):
    loaded = load_module(module(tmp_path, "def train(a): ...\ndef helper(): ...\n", "functions_module"))
    with pytest.raises(FunctionMissing, match=r"has no function 'run_fn' \(it defines train, helper\)"):
        require_function(loaded, "run_fn", "functions_module.py")
