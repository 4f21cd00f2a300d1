"""An engine that builds nothing: it writes down how it was called, and what lay in the folder that it was given."""

import json
import shutil
import sys
from pathlib import Path

import pytest

DIGEST = "sha256:" + "a" * 64

PROGRAM = f"""#!{sys.executable} -S
import json, os, sys
from pathlib import Path

words = sys.argv[1:]
folder = Path(__file__).resolve().parent
orders = json.loads((folder / "orders.json").read_text())
call = {{"engine": Path(__file__).name, "words": words}}
if words[0] == "build":
    context = Path(words[-1])
    call["files"] = {{
        str(path.relative_to(context)): oct(path.stat().st_mode & 0o777)
        for path in context.rglob("*")
        if path.is_file()
    }}
    call["dockerfile"] = Path(words[words.index("--file") + 1]).read_text()
with open(folder / "calls.jsonl", "a") as file:
    file.write(json.dumps(call) + "\\n")
order = orders.get(words[0], {{}})
print(order.get("says", ""))
print(order.get("fails", ""), file=sys.stderr)
if words[0] == "push" and not order:
    if "--digestfile" in words:
        Path(words[words.index("--digestfile") + 1]).write_text("{DIGEST}")
    else:
        print("1: digest: {DIGEST} size: 123")
sys.exit(order.get("status", 0))
"""


class FakeEngine:
    """`orders`: what a subcommand says and exits with, when that is to be something else than success."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.order()

    def install(self, name: str) -> None:
        program = self.folder / name
        program.write_text(PROGRAM)
        program.chmod(0o755)

    def order(self, **orders: dict) -> None:
        (self.folder / "orders.json").write_text(json.dumps(orders))

    def calls(self, subcommand: str = "") -> list[dict]:
        path = self.folder / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call for call in map(json.loads, lines) if not subcommand or call["words"][0] == subcommand]


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A Buildah alone on PATH, until more is installed."""
    fake = FakeEngine(tmp_path / "engine")
    fake.install("buildah")
    monkeypatch.setenv("PATH", str(fake.folder))
    monkeypatch.delenv("ENGINE", raising=False)
    return fake


@pytest.fixture
def project(tmp_path):
    """A project as `shipway init` makes it."""
    from shipway.cli.init import create_project

    folder = tmp_path / "night-owls"
    create_project(folder)
    yield folder
    shutil.rmtree(folder)
