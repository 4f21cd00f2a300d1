"""From the text of a flag to its value, by the type of its field in `ServerOptions`.

argparse would answer a wrong value with the usage of seventy flags; here it is one sentence.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shipway.errors import UsageError

TRUE = ("true", "1")
FALSE = ("false", "0")


class WrongFlagValue(UsageError):
    """A flag whose value cannot be what the flag is for."""

    def __init__(self, name: str, value: object, remedy: str) -> None:
        text = str(value) if isinstance(value, Path) else value
        super().__init__(f"The flag --{name} is {text!r}: {remedy}.")


def read_truth(name: str, text: str) -> bool:
    """`true`, `1`, `false` or `0`, as `tensorflow_model_server` takes them."""
    if text.lower() not in TRUE + FALSE:
        raise WrongFlagValue(name, text, f"write --{name}=true or --{name}=false (a model's name goes before it)")
    return text.lower() in TRUE


def read_whole_number(name: str, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text.strip()):
        raise WrongFlagValue(name, text, "give a whole number")
    return int(text)


def read_number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WrongFlagValue(name, text, "give a number")
    return number


def read_file(name: str, text: str) -> Path | None:
    """The absolute path of a file that is there and can be read; nothing for an empty text, as for the server."""
    path = read_path(name, text)
    if path is None or (os.path.exists(path) and not os.path.isdir(path) and os.access(path, os.R_OK)):
        return path
    if not os.path.exists(path):
        raise WrongFlagValue(name, text, "no such file is there, give the path of one")
    raise WrongFlagValue(name, text, "that is a folder or may not be read, give the path of a file that can be read")


def read_path(name: str, text: str) -> Path | None:
    """The absolute path of something that need not be there yet."""
    return Path(os.path.expanduser(text)).absolute() if text else None


def read_tags(name: str, text: str) -> tuple[str, ...]:
    tags = tuple(tag.strip() for tag in text.split(",") if tag.strip())
    if not tags:
        raise WrongFlagValue(name, text, "give tags with commas between them, such as serve,gpu")
    return tags


def read_channel_arguments(name: str, text: str) -> tuple[tuple[str, int | str], ...]:
    """`a=1,b=x` as pairs; what looks like a whole number is one, as in TensorFlow Serving."""
    pairs: list[tuple[str, int | str]] = []
    for part in filter(None, text.split(",")):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not key or not equals:
            raise WrongFlagValue(name, part, "give NAME=VALUE,NAME=VALUE, such as grpc.max_connection_age_ms=2000")
        pairs.append((key, int(value) if re.fullmatch(r"-?\d{1,9}", value) else value))
    return tuple(pairs)


def read_text(name: str, text: str) -> str:
    return text


READERS: dict[str, Callable[[str, str], Any]] = {
    "bool": read_truth,
    "bool | None": read_truth,
    "int": read_whole_number,
    "int | None": read_whole_number,
    "float": read_number,
    "str": read_text,
    "Path | None": read_file,
    "tuple[str, ...]": read_tags,
    "tuple[tuple[str, int | str], ...]": read_channel_arguments,
}
"""How the text of a field of this type is read; the type is written as in `ServerOptions`."""

READERS_OF_FLAGS: dict[str, Callable[[str, str], Any]] = {"grpc_socket_path": read_path}
"""Flags that are read in a way of their own."""
