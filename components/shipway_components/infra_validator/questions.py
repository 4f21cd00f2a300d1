"""The model asked over REST, as a client would: real rows through its signatures, one by one and as a batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shipway.client import Client, ServerSaid, SignatureMetadata
from shipway.data.model.described import described_signature
from shipway.data.model.signature import PREDICT_FEATURES, SERVING_DEFAULT, Signature
from shipway.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

WARM_UPS = 2


class NoSignature(InputError):
    """A signature that the model does not have, or none at all."""

    def __init__(self, name: str, names: list[str]) -> None:
        missing = f"no signature {name!r}: it has {', '.join(names)}" if names else "no signature to ask"
        super().__init__(f"The model has {missing}.")


@dataclass(frozen=True)
class Questions:
    """What the model is asked.

    `signature_names` empty: the default signature and that of named features. `split_name` empty: the split called
    "eval" where there is one, else the first. `max_latency_ms` of 0: no limit.
    """

    examples_path: str = ""
    payload_format: str = ""
    split_names: tuple[str, ...] = ()
    split_name: str = ""
    num_examples: int = 16
    signature_names: tuple[str, ...] = ()
    max_latency_ms: float = 0.0


@dataclass
class Answers:
    """What is wrong with the answers, and what was measured for each signature."""

    reasons: list[str] = field(default_factory=list)
    signatures: dict[str, Any] = field(default_factory=dict)


def ask(client: Client, questions: Questions) -> Answers:
    """Ask every signature that is to be asked.

    Raises:
        NoSignature: one is not there.
        ShipwayError: the examples do not fit the model; the server went away.
    """
    signatures = _chosen(client.metadata().signatures, questions.signature_names)
    answers = Answers()
    if not questions.examples_path:
        return answers
    rows = _rows(questions)
    for signature in signatures:
        problems, latencies = _ask_signature(client, signature, rows)
        answers.reasons += [f"Signature {signature.name!r} {problem}." for problem in problems]
        if latencies:
            median = float(np.median(latencies))
            answers.signatures[signature.name] = {
                "rows": rows.num_rows, "median_ms": median, "slowest_ms": max(latencies)
            }  # fmt: skip
            if 0 < questions.max_latency_ms < median:
                answers.reasons.append(
                    f"Signature {signature.name!r} takes {median:.1f} ms for one row (the median of {len(latencies)}), "
                    f"over the limit of {questions.max_latency_ms:g} ms."
                )
    return answers


def _chosen(known: dict[str, SignatureMetadata], names: tuple[str, ...]) -> list[Signature]:
    usual = [name for name in (SERVING_DEFAULT, PREDICT_FEATURES) if name in known]
    wanted = list(names) or usual or sorted(known)[:1]
    for name in wanted or [""]:
        if name not in known:
            raise NoSignature(name, sorted(known))
    return [described_signature(known[name]) for name in wanted]


def _rows(questions: Questions) -> pa.RecordBatch:
    from shipway.artifacts import Examples
    from shipway.data.examples import read_split

    metadata: dict[str, str | int | float] = {"payload_format": questions.payload_format}
    examples = Examples(questions.examples_path, path=Path(questions.examples_path), metadata=metadata)
    examples.split_names = list(questions.split_names)
    names = questions.split_names
    split = questions.split_name or ("eval" if "eval" in names or not names else names[0])
    return next(read_split(examples, split, batch_size=questions.num_examples))


def _ask_signature(client: Client, signature: Signature, rows: pa.RecordBatch) -> tuple[list[str], list[float]]:
    """What is wrong with the signature's answers, and the milliseconds of each single-row request."""
    latencies: list[float] = []
    asked = "one row"
    try:
        for row, question in enumerate(_single_rows(signature, rows)):
            for _ in range(0 if row else WARM_UPS):
                client.predict(question, signature.name)
            prediction = client.predict(question, signature.name)
            latencies.append(1000 * prediction.seconds)
            if problems := _problems(prediction.outputs, signature, 1):
                return [f"{problems[0]} for row {row}"], latencies
        asked = "all rows"
        outputs = client.predict(_columns(signature, rows), signature.name).outputs
    except ServerSaid as error:
        return [f"fails on a request of {asked} ({error.sentence.rstrip('.')})"], latencies
    return [
        f"{problem} for {rows.num_rows} rows" for problem in _problems(outputs, signature, rows.num_rows)
    ], latencies


def _columns(signature: Signature, rows: pa.RecordBatch) -> dict[str, np.ndarray]:
    from shipway.data.model import feed_of

    return feed_of(signature, rows)


def _single_rows(signature: Signature, rows: pa.RecordBatch) -> Iterator[list[dict[str, Any]]]:
    """Each row as the only one of a request: by rows, where the batch is asked by columns."""
    for row in range(rows.num_rows):
        columns = _columns(signature, rows.slice(row, 1))
        yield [{name: values[0] for name, values in columns.items()}]


def _problems(outputs: dict[str, Any], signature: Signature, rows: int) -> list[str]:
    if len(outputs) == len(signature.outputs) == 1:
        outputs = dict(zip(signature.outputs, outputs.values(), strict=True))
    problems = []
    for name, values in outputs.items():
        array = np.array(values)
        if array.ndim == 0 or len(array) != rows:
            problems.append(f"gives {name!r} the shape {list(array.shape)}, whose first dimension must be the batch")
        elif array.dtype.kind == "f" and not np.isfinite(array).all():
            problems.append(f"gives NaN or infinity in {name!r}")
    return problems
