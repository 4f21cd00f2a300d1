"""Reading a compiled pipeline field by field, so that a field nobody read is noticed and refused by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.errors import ContractError, UsageError


class UnsupportedField(ContractError):
    """The compiled pipeline asks for something that cannot be done on one machine."""

    def __init__(self, field: str, value: Any = None, advice: str = "run it in a cluster, or remove the field") -> None:
        shown = "" if value is None else f" ({_short(value)})"
        super().__init__(f"The local runner cannot do what the field {field}{shown} of the pipeline asks: {advice}.")


class BrokenPipeline(UsageError):
    """The file reads like a compiled pipeline, but a part is missing or of the wrong kind."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"The compiled pipeline is broken: {field} {problem}; compile it again.")


class Fields:
    """The fields of one object; what has not been taken or passed over when it is closed is refused."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise BrokenPipeline(path, f"is {_short(value)} where an object belongs")
        self.path = path
        self._left = dict(value)

    def __enter__(self) -> Fields:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            for name, value in self._left.items():
                if value not in (None, "", [], {}):
                    raise UnsupportedField(self.at(name), value if isinstance(value, str | int | float) else None)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str, default: Any = None) -> Any:
        return self._left.pop(name, default)

    def text(self, name: str, default: str = "") -> str:
        value = self.take(name, default)
        if not isinstance(value, str):
            raise BrokenPipeline(self.at(name), f"is {_short(value)} where a text belongs")
        return value

    def required(self, name: str) -> str:
        if not self._left.get(name):
            raise BrokenPipeline(self.at(name), "is missing")
        return self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.take(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BrokenPipeline(self.at(name), f"is {_short(value)} where a list of texts belongs")
        return tuple(value)

    def child(self, name: str) -> Fields:
        """The object under `name`, an empty one where there is none."""
        value = self.take(name)
        return Fields({} if value is None else value, self.at(name))

    def items(self, name: str) -> Iterator[tuple[str, Fields]]:
        """The objects of the map under `name`."""
        with self.child(name) as children:
            for key in list(children._left):
                yield key, children.child(key)

    def objects(self, name: str) -> Iterator[Fields]:
        """The objects of the list under `name`."""
        for index, value in enumerate(self.take(name) or []):
            yield Fields(value, f"{self.at(name)}[{index}]")

    def pass_over(self, *names: str) -> None:
        """Fields that mean nothing on one machine."""
        for name in names:
            self.take(name)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
