"""Small steps whose results tell which ways a run went: the same here and in a cluster.

They lie in a file of their own, because a cluster's pods import them too.
"""

from pathlib import Path

from shipway.artifacts import Files
from shipway.errors import StepError
from shipway.step import Input, Output, step

FIXED = Path(__file__).with_name("fixed")
"""What a failing step waits for: a file beside this one."""


@step(image="control", memory="256Mi")
def classify(number: int) -> str:
    """One of the ways that a condition has."""
    return "even" if number % 2 == 0 else "odd" if number < 10 else "large"


@step(image="control", memory="256Mi")
def halve(number: int) -> int:
    return number // 2


@step(image="control", memory="256Mi")
def triple(number: int) -> int:
    return number * 3 + 1


@step(image="control", memory="256Mi")
def write_square(number: int, square: Output[Files]) -> int:
    """An artifact and a parameter for every item of a loop."""
    (square.path / "square.txt").write_text(str(number**2))
    square.metadata["number"] = number
    return number**2


@step(image="control", memory="256Mi")
def add_up(numbers: list) -> int:
    return sum(numbers)


@step(image="control", memory="256Mi")
def read_number(square: Input[Files]) -> int:
    return int((square.path / "square.txt").read_text())


@step(image="control", memory="256Mi")
def tidy_up(word: str) -> str:
    """What an exit handler does, however the rest went."""
    return f"tidied up after {word}"


@step(image="control", memory="256Mi")
def fail_unless_fixed(number: int) -> int:
    """Fails with a sentence until the file is there."""
    if not FIXED.exists():
        raise StepError(f"The number {number} is not to be had yet: put the file {FIXED.name!r} beside the steps.")
    return number + 1
