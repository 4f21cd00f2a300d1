"""Whether a server's answers are the model's own: a few before it is measured, thousands under load."""

from __future__ import annotations

from rounds import Contender, Row
from workplace import QUICK, Workplace, run_program

ALL_ROWS, FEW_ROWS = 4096, 16
IN_FLIGHT = 64


class WrongAnswers(Exception):
    """A server that is to be measured does not answer what the model answers; the message says how many."""


def check_rows(contender: Contender, model: str, workplace: Workplace) -> Row:
    """Thousands of distinct rows, 64 in flight, each answer compared with the model's own."""
    passes = workplace.lengths.check_passes if model == QUICK else 1
    report = {"name": contender.name, "model": model} | _ask(contender, model, workplace, ALL_ROWS, IN_FLIGHT, passes)
    print(
        f"{report['name']}, {model} model, {IN_FLIGHT} in flight: {report['asked']:,} rows asked, "
        f"{report['right']:,} right, {report['wrong']} wrong, {report['failed']} without an answer",
        flush=True,
    )
    return report


def verify(contender: Contender, model: str, workplace: Workplace) -> None:
    """Raises `WrongAnswers` for a server whose figures would mean nothing."""
    report = _ask(contender, model, workplace, FEW_ROWS, 1, 1)
    if report["right"] != report["asked"]:
        raise WrongAnswers(f"{contender.name} answered {report['right']} of {report['asked']} rows as the model does.")


def _ask(contender: Contender, model: str, workplace: Workplace, rows: int, in_flight: int, passes: int) -> Row:
    server, protocol = contender.server, contender.protocol
    port = server.grpc_port if protocol.is_grpc else server.rest_port
    numbers = [str(number) for number in (rows, in_flight, passes)]
    report: Row = run_program("row_check.py", str(port), protocol.name, str(workplace.answers), model, *numbers)
    return report
