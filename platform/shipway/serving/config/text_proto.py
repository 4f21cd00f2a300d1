"""Reading a file in protobuf's text format, with one sentence for what is wrong: file, line and what would fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

from shipway.errors import InputError, in_one_line
from shipway.serving.config.spelling import closest

AnyMessage = TypeVar("AnyMessage")

LONGEST_PROBLEM = 200
HOW_TO_WRITE = 'fields are written as name: 12, name: true, name: "text" or name { ... }'


class UnreadableConfig(InputError):
    """A configuration file that cannot be read at all."""

    def __init__(self, what: str, path: Path, error: Exception) -> None:
        super().__init__(f"The {what} file {str(path)!r} cannot be read ({in_one_line(error)}): give a text file.")


class BrokenTextProto(InputError):
    """Text that is not the text form of the message it should be."""

    def __init__(self, where: str, line: int | None, problem: str, remedy: str) -> None:
        place = f"{where}, line {line}" if line else where
        super().__init__(f"{place[0].upper()}{place[1:]}: {problem}; {remedy}.")


def read_text(path: Path, what: str) -> str:
    """The text of a configuration file; raises `UnreadableConfig`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableConfig(what, path, error) from error


def place_of(path: Path, what: str) -> str:
    """How sentences name the file."""
    return f"{what} file {str(path)!r}"


def read_text_proto(path: Path, message: AnyMessage, what: str) -> AnyMessage:
    """Fill `message` from the file and return it; `what` names the kind of file in sentences.

    Raises `UnreadableConfig` and `BrokenTextProto`.
    """
    return parse_text_proto(read_text(path, what), message, place_of(path, what))


def parse_text_proto(text: str, message: AnyMessage, where: str, *, secret: bool = False) -> AnyMessage:
    """Fill `message` from `text` and return it; raises `BrokenTextProto` with `where` at its start.

    Where the text is `secret`, the sentence repeats nothing of it but a name that is nearly a field's.
    """
    from google.protobuf import text_format

    proto: Any = message
    try:
        text_format.Parse(text, proto)
    except text_format.ParseError as error:
        problem, remedy = (_explained_secret if secret else _explained)(str(error), proto.DESCRIPTOR)
        raise BrokenTextProto(where, error.GetLine(), problem, remedy) from (None if secret else error)
    return message


def _explained_secret(sentence: str, root: Any) -> tuple[str, str]:
    known = [field.name for field in root.fields]
    unknown = re.search(r'has no field named "(.+?)"', sentence)
    hint = closest(unknown.group(1), known) if unknown else ""
    return (
        f"this is not protobuf's text format of {root.name}{hint}",
        f"it has {', '.join(known)}, with texts in quotes",
    )


def _explained(sentence: str, root: Any) -> tuple[str, str]:
    """What protobuf says about the text, in the words of a person, and what to do about it."""
    unknown = re.search(r'Message type "(.+?)" has no field named "(.+?)"', sentence)
    if unknown:
        type_name, field_name = unknown.groups()
        known = [field.name for field in _descriptor(root, type_name).fields]
        name = type_name.rpartition(".")[2]
        return f"{name} has no field {field_name!r}{closest(field_name, known)}", f"it has {', '.join(known)}"
    twice = re.search(r'Message type "(.+?)" should not have multiple "(.+?)" fields', sentence)
    if twice:
        return f"{twice.group(2)!r} is given twice", "give it once"
    both = re.search(r'Field "(.+?)" is specified along with field "(.+?)"', sentence)
    if both:
        return f"{both.group(2)!r} and {both.group(1)!r} are both given", "give one of them"
    problem = re.sub(r"^\d+:\d+ : ", "", sentence)
    quoted = re.match(r"'(.*)': ", problem)
    written = quoted.group(1).strip() if quoted else ""
    problem = problem[quoted.end() :] if quoted else problem
    wrapper = re.match(r"(\w+)\s*:\s*([^\s{]+)\s*$", written)
    if wrapper and problem.startswith('Expected "{"'):
        name, value = wrapper.groups()
        return f"{name!r} is written as a plain value", f"write {name} {{ value: {value} }}"
    printable = "".join(character if character.isprintable() else "?" for character in problem)
    return printable[:LONGEST_PROBLEM].rstrip("."), HOW_TO_WRITE


def _descriptor(root: Any, type_name: str) -> Any:
    return root if root.full_name == type_name else root.file.pool.FindMessageTypeByName(type_name)
