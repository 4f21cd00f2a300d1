"""Steps of a user, so small that a test of the runner measures the runner."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from shipway.artifacts import Examples, Files, Model
from shipway.errors import StepError
from shipway.step import Input, ModuleFile, Output, StepContext, StepVerdict, step


class Text(NamedTuple):
    """One output parameter."""

    said: str


class Verdict(NamedTuple):
    """Output parameters of several kinds."""

    word: str
    count: int
    share: float
    good: bool
    words: list
    facts: dict


@step(image="control")
def write(files: Output[Files], text: str = "a") -> Text:
    """Write a text."""
    (files.path / "text.txt").write_text(text)
    return Text(text)


@step(image="control")
def read(files: Input[Files] | None = None, prefix: str = "") -> Text:
    """Read a text, and say what was read."""
    text = prefix + ((files.path / "text.txt").read_text() if files else "nothing")
    print("read", text)
    return Text(text)


@step(image="control")
def read_all(files: Input[list[Files]], words: list = [], numbers: list = []) -> Text:
    """Read several texts in their order."""
    texts = [(one.path / "text.txt").read_text() for one in files]
    return Text("|".join([*texts, *map(str, words), *map(str, numbers)]))


@step(image="control")
def say(
    text: str = "", number: int = 0, share: float = 0.0, flag: bool = False, things: list = [], facts: dict = {}
) -> Text:
    """Say all parameters."""
    return Text(f"{text},{number!r},{share!r},{flag!r},{things!r},{facts!r}")


@step(image="control")
def judge(verdict: str = "tails", height: float = 0.5) -> Verdict:
    """Give values of every kind."""
    return Verdict(verdict, 3, height, True, ["x", "y"], {"a": 1})


@step(image="control")
def double(number: int = 1) -> Text:
    """Double a number."""
    return Text(str(2 * number))


@step(image="control", cacheable=False)
def note(path: str, text: str = "x", seconds: float = 0.0, after: str = "") -> Text:
    """Leave a line in a file, so that a test sees how often and when this ran."""
    time.sleep(seconds)
    with Path(path).open("a") as file:
        file.write(f"{text}\n")
    return Text(text)


@step(image="control", cacheable=False)
def slow_write(files: Output[Files], started: str, seconds: float = 30.0) -> None:
    """Write half of an artifact, then take a while, then write the rest."""
    (files.path / "first.txt").write_text("half")
    Path(started).write_text(str(os.getpid()))
    time.sleep(seconds)
    (files.path / "second.txt").write_text("whole")


@step(image="control")
def flaky(counter: str, failures: int, known: bool = True) -> Text:
    """Fail the first times."""
    file = Path(counter)
    tried = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(tried))
    if tried <= failures:
        raise StepError(f"Try {tried} was not good enough.") if known else ValueError(f"try {tried} broke")
    return Text(f"try {tried}")


@step(image="control")
def broken(reason: str = "The data is no good: fix it.") -> Text:
    """Fail with one sentence."""
    raise StepError(reason)


@step(image="control")
def refuse(files: Output[Files], half: Output[Files], path: str = "", started: str = "", hang_at: int = 0) -> None:
    """Look for words in a file, and refuse the run where there are any; try number `hang_at` never ends."""
    tries = Path(started)
    if started:
        with tries.open("a") as file:
            file.write("x")
    if hang_at and len(tries.read_text()) == hang_at:
        time.sleep(60)
    words = Path(path).read_text()
    (files.path / "text.txt").write_text(words)
    (half.path / "first.txt").write_text("half")
    if words:
        raise StepVerdict(f"There are words, {words!r}: take them out.", evidence=[files])


@step(image="control")
def verbose() -> None:
    """Fail with a text of several lines."""
    raise ValueError("no such\n  thing,\n\nlook again.")


@step(image="control")
def killed() -> None:
    """End as the kernel ends a process that takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


@step(image="control")
def quits() -> None:
    """End without a word."""
    os._exit(3)


@step(image="control", timeout_seconds=0.5, cacheable=False)
def endless(pid_file: str = "") -> None:
    """Never end, nor let a child end."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    if pid_file:
        Path(pid_file).write_text(str(child.pid))
    time.sleep(60)


@step(image="control")
def counted(rows: int, context: StepContext) -> Text:
    """Tell how far it is."""
    for row in range(0, rows, 10):
        context.progress(row)
        time.sleep(0.12)
    context.progress(rows - 1)
    context.progress(rows)
    return Text(f"{context.pipeline_name}/{context.task_name}")


def _content(path: str) -> str:
    return Path(path).read_text()


@step(image="control", reads=_content)
def watches(path: str) -> Text:
    """Read a file that is no artifact."""
    return Text(Path(path).read_text())


@step(image="control")
def uses_module(module_file: ModuleFile) -> Text:
    """Run a user's module."""
    from shipway.step import load_module

    return Text(load_module(module_file).WORD)


@step(image="control")
def make_examples(examples: Output[Examples]) -> None:
    """Make examples."""
    examples.split_names = ["train"]
    (examples.path / "Split-train").mkdir()


@step(image="control")
def take_model(model: Input[Model]) -> None:
    """Take a model."""


@step(image="control")
def resolve(files: Output[Files], found: bool = False) -> None:
    """Find nothing, as a Resolver may."""
    if not found:
        files.metadata["resolved"] = 0


@step(image="control", preload=("flow_heavy_one",))
def needs_one(started: str = "") -> Text:
    """Need a module that takes a while to import."""
    return Text(",".join(sorted(name for name in sys.modules if name.startswith("flow_heavy"))))


@step(image="control", preload=("numpy",), cacheable=False)
def draw() -> Text:
    """Draw a random number from NumPy's global generator."""
    import numpy

    return Text(str(numpy.random.random()))


@step(image="control", preload=("flow_poison",))
def needs_poison() -> Text:
    """Need a module that ends the process which imports it."""
    return Text("never")


@step(image="control", preload=("flow_heavy_two",))
def needs_two(started: str = "") -> Text:
    """Need another one that takes longer."""
    return Text(",".join(sorted(name for name in sys.modules if name.startswith("flow_heavy"))))
