"""The tree of Shipway's errors.

Every error a person can meet is a `ShipwayError`: its text is one sentence that names the thing, its value and the
way out. Errors take facts and build the sentence themselves, and live beside the code that raises them::

    ShipwayError             exit code 1
     ├─ UsageError           exit code 2: the command was called wrongly
     ├─ InputError           files, tables or schemas that cannot be used
     ├─ ModuleFileError      the user's module file
     ├─ ContractError        a step, an artifact type or their wiring
     ├─ EnvironmentFault     home, disk, metadata store
     └─ StepError            a step's own verdict: anomalies, a training that diverged

The exit code is mapped here, once, and nowhere else.
"""


class ShipwayError(Exception):
    """A failure that one sentence explains; anything that is not one of these is a defect and keeps its stack trace."""

    exit_code = 1


class UsageError(ShipwayError):
    """The command line or a pipeline's parameters are wrong; nothing has been started."""

    exit_code = 2


class InputError(ShipwayError):
    """Data that a step was given cannot be used as it is."""


class ModuleFileError(ShipwayError):
    """The user's module file cannot be loaded or lacks what the step calls."""


class ContractError(ShipwayError):
    """A step's declaration, or the way steps are wired together, breaks the step contract."""


class EnvironmentFault(ShipwayError):
    """The machine, not the data: an unwritable home, a full disk, a corrupt metadata store."""


class StepError(ShipwayError):
    """A step did its work and its verdict is that the run must not go on."""


LONGEST_TEXT = 500


def in_one_line(error: BaseException) -> str:
    """Any exception as a part of a sentence: its type, and its text in one line without the full stop."""
    text = " ".join(str(error).split())[:LONGEST_TEXT].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
