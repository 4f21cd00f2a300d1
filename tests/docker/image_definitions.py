"""What docker/Dockerfile defines, read from its text: stages, and by the lock what is in each image."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DOCKERFILE = REPOSITORY / "docker" / "Dockerfile"
IMAGES = ("control", "data", "train", "train-gpu", "serving")


@dataclass(frozen=True)
class Stage:
    name: str
    base: str
    instructions: list[tuple[str, str]]

    def given(self, instruction: str) -> list[str]:
        return [words for name, words in self.instructions if name == instruction]


def read_stages() -> dict[str, Stage]:
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    stages: dict[str, Stage] = {}
    for name, words in re.findall(r"^([A-Z]+) +(.*)$", text, re.MULTILINE):
        if name == "FROM":
            base, _, stage = words.partition(" AS ")
            stages[stage] = Stage(stage, base, [])
        elif stages:
            list(stages.values())[-1].instructions.append((name, words))
    return stages


STAGES = read_stages()


def ancestry(image: str) -> list[Stage]:
    """The stages that an image's layers come from, itself first; a root file system copied whole counts as a base."""
    chain = [STAGES[image]]
    while True:
        copied = re.findall(r"--from=([\w-]+-environment) \S+ /$", "\n".join(chain[-1].given("COPY")), re.MULTILINE)
        parent = copied[0] if copied else chain[-1].base
        if parent not in STAGES:
            return chain
        chain.append(STAGES[parent])


def extras_of(image: str) -> set[str]:
    """The extras that the installs on the way to an image name."""
    runs = [run for stage in ancestry(image) for run in stage.given("RUN")]
    return {
        extra for run in runs for extra in re.findall(r"made-from/install ([\w ]+)", run) for extra in extra.split()
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def left_out() -> set[str]:
    """What docker/install does not install though the lock asks for it."""
    (names,) = re.findall(r'^UNUSED="(.*)"$', (REPOSITORY / "docker" / "install").read_text(), re.MULTILINE)
    return set(names.split())


def packages_alone(image: str) -> set[str]:
    """The packages of an image that were installed without what they ask for."""
    copied = {
        name for stage in ancestry(image) for copy in stage.given("COPY") for name in re.findall(r"--from=(\S+)", copy)
    }
    runs = [run for name in copied for run in STAGES[name].given("RUN")]
    return {name for run in runs for name in re.findall(r"install-alone (\S+)", run)}


def packages_of(image: str) -> set[str]:
    """The names of all packages in an image, by the lock."""
    locked = tomllib.loads((REPOSITORY / "uv.lock").read_text())["package"]
    by_name = {package["name"]: package for package in locked}
    seen: set[tuple[str, str]] = set()
    waiting = [("shipway", extra) for extra in ("", *extras_of(image))]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        package = by_name[name]
        wanted = package.get("optional-dependencies", {}).get(extra, []) if extra else package.get("dependencies", [])
        waiting += [(item["name"], more) for item in wanted for more in ("", *item.get("extra", ()))]
    return {name for name, _ in seen} - left_out() | packages_alone(image)
