from shipway.step.source import source_closure, source_digest


def write(root, **files):
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_digest_follows_imports_of_the_users_own_files(tmp_path):
    write(tmp_path, module="import features\nfrom os import path\n", features="A = 1\n", other="B = 1\n")
    before = source_digest(tmp_path / "module.py")
    (tmp_path / "other.py").write_text("B = 2\n")
    assert source_digest(tmp_path / "module.py") == before
    (tmp_path / "features.py").write_text("A = 2  # changed\n")
    assert source_digest(tmp_path / "module.py") != before


def test_imports_inside_functions_and_parentheses_count(tmp_path):
    write(
        tmp_path,
        pkg____init__="",
        pkg__step="def f():\n    from pkg import (\n        a,\n        b as c,\n    )\n    from . import d\n",
        pkg__a="",
        pkg__b="import pkg.e",
        pkg__d="",
        pkg__e="",
        pkg__unused="",
    )
    (tmp_path / "pkg" / "__init__.py").write_text("")
    names = {path.stem for path in source_closure(tmp_path / "pkg" / "step.py")}
    assert names == {"step", "__init__", "a", "b", "d", "e"}


def test_the_platform_counts_but_the_wrapper_and_installed_packages_do_not(tmp_path):
    write(tmp_path, mine="import numpy\nfrom shipway.step import step\nfrom shipway.artifacts import Examples\n")
    names = {"/".join(path.parts[-2:]) for path in source_closure(tmp_path / "mine.py")}
    assert "artifacts/types.py" in names
    assert not any(name.startswith(("step/", "numpy/")) for name in names)
