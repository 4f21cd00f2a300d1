"""What the project says about itself is true: the Makefile's help, and the commands and paths of its documents."""

import contextlib
import io
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from shipway.cli.__main__ import COMMANDS, _parser

REPOSITORY = Path(__file__).resolve().parent.parent
DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/cluster.md",
    "docs/dashboards.md",
    "docs/e2e.md",
    "docs/images.md",
    "docs/install.md",
    "docs/metadata.md",
    "docs/monitoring.md",
    "docs/pipelines-in-a-cluster.md",
    "docs/serving.md",
    "platform/shipway/cli/templates/project/README.md",
    "pipelines/shipway_pipelines/penguins/data/README.md",
)


def commands(document):
    """Every line of a code block that calls shipway, without its comment."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (REPOSITORY / document).read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("shipway ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


CALLS = [words for document in DOCUMENTS for words in commands(document)]


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_a_documented_command_is_understood(words):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            assert _parser(words).parse_args(words).run
        except SystemExit:
            pytest.fail(said.getvalue())


def test_every_command_is_in_the_readme():
    assert {words[0] for words in commands("README.md")} == set(COMMANDS)


def test_make_help_names_every_target():
    listed = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    (targets,) = re.findall(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    described = dict(re.findall(r"^  make ([\w-]+) +(\S.*)$", listed, re.MULTILINE))
    assert set(described) == set(targets.split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_linked_and_named_paths_are_there(document):
    text = (REPOSITORY / document).read_text()
    named = re.findall(r"`((?:platform|components|pipelines|docs|tests|benchmarks|docker|manifests)/[\w/.-]+)`", text)
    linked = re.findall(r"\]\(([\w/.-]+)\)", text)
    folder = (REPOSITORY / document).parent
    assert [path for path in named if not (REPOSITORY / path).exists()] == []
    assert [path for path in linked if not (folder / path).exists()] == []
