"""Docker, Podman and Buildah behind one face: they build the same Dockerfiles and differ in a few words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shipway.errors import EnvironmentFault, UsageError

ENGINES = ("docker", "podman", "buildah")
"""In the order in which they are tried."""

VARIABLE = "ENGINE"
SHOWN_LINES = 8
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class UnknownEngine(UsageError):
    """An engine that nothing here knows how to call."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no engine {name!r}: name one of {', '.join(ENGINES)}.")


class NoEngine(EnvironmentFault):
    """Nothing on this machine builds images."""

    def __init__(self, tried: Sequence[str]) -> None:
        super().__init__(
            f"Nothing was found that builds images ({', '.join(tried)} on PATH): install one of "
            f"{', '.join(ENGINES)}, or build where there is one."
        )


class EngineUnusable(EnvironmentFault):
    """An engine that is installed and cannot build."""

    def __init__(self, name: str, lines: Sequence[str]) -> None:
        super().__init__(
            f"{name} is installed and cannot build here ({' '.join(lines)}): start it, or name another engine "
            f"({', '.join(one for one in ENGINES if one != name)})."
        )


class BuildFailed(EnvironmentFault):
    """The engine gave up; its last lines say why."""

    def __init__(self, engine: str, image: str, lines: Sequence[str]) -> None:
        said = " | ".join(lines) or "it said nothing"
        super().__init__(f"{engine} could not build {image!r}: {said}")


class BaseImageMissing(EnvironmentFault):
    """What an image is built on is neither here nor where it could be pulled from."""

    def __init__(self, engine: str, base: str) -> None:
        super().__init__(
            f"The base image {base!r} is not on this machine and {engine} could not pull it: build the platform's "
            "images with 'make images', or say with --platform-images where they lie."
        )


class PushFailed(EnvironmentFault):
    """The registry did not take an image."""

    def __init__(self, engine: str, image: str, lines: Sequence[str]) -> None:
        said = " | ".join(lines) or "it said nothing"
        super().__init__(
            f"{engine} could not push {image!r} ({said}): check the registry's name, and log in with "
            f"'{engine} login {image.partition('/')[0]}'."
        )


@dataclass(frozen=True)
class Build:
    """One image to build."""

    image: str
    context: Path
    dockerfile: Path
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    base: str = ""
    """What it is built on, to be named when it is missing."""


class Engine:
    """A program that builds and pushes images.

    Raises `BuildFailed`, `BaseImageMissing` and `PushFailed` with the program's last lines; all that it says goes to
    standard error while it works.
    """

    def __init__(self, program: str) -> None:
        self.program = program
        self.name = Path(program).name

    def build(self, build: Build) -> None:
        words = ["build", "--file", str(build.dockerfile), "--tag", build.image]
        if self.name != "docker":
            words += ["--format", "docker", "--layers"]  # OCI's own format has no HEALTHCHECK
        if self.name == "buildah":
            words += ["--pull=false"]  # which means: only where it is not there already, as the two others do unasked
        if build.target:
            words += ["--target", build.target]
        if build.platform:
            words += ["--platform", build.platform]
        for name, value in build.arguments.items():
            words += ["--build-arg", f"{name}={value}"]
        status, lines = self._follow([*words, str(build.context)])
        if status:
            if build.base and not self.has(build.base):
                raise BaseImageMissing(self.name, build.base)
            raise BuildFailed(self.name, build.image, lines)

    def push(self, image: str) -> str:
        """The digest under which the registry now has the image."""
        with tempfile.TemporaryDirectory() as folder:
            digest_file = Path(folder, "digest")
            noted = [] if self.name == "docker" else ["--digestfile", str(digest_file)]
            status, lines = self._follow(["push", *noted, image])
            said = digest_file.read_text() if digest_file.exists() else " ".join(lines)
        found = DIGEST.findall(said)
        if status or not found:
            raise PushFailed(self.name, image, lines[-1:])
        return str(found[-1])

    def complaint(self) -> list[str]:
        """Why it cannot build, in its words: Docker is a client, whose server and builder are programs of their own."""
        if self.name == "docker":
            for words in (["version"], ["buildx", "version"]):
                asked = subprocess.run([self.program, *words], capture_output=True, text=True, env=_environment())
                if asked.returncode:
                    return asked.stderr.strip().splitlines()[-1:] or ["no answer"]
        return []

    def has(self, image: str) -> bool:
        """Whether the image is on this machine."""
        words = ["inspect", "--type", "image", image]
        return subprocess.run([self.program, *words], capture_output=True, env=_environment()).returncode == 0

    def _follow(self, words: Sequence[str]) -> tuple[int, list[str]]:
        """Run to the end; the exit status and the last lines of what was said."""
        last: deque[str] = deque(maxlen=SHOWN_LINES)
        with subprocess.Popen(
            [self.program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment()
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                sys.stderr.write(line)
                if line.strip():
                    last.append(line.strip())
        return process.returncode, list(last)


def find_engine(name: str = "", environment: Mapping[str, str] = os.environ) -> Engine:
    """The engine of this name, or of $ENGINE, or the first that is on PATH and works.

    Raises `UnknownEngine`, `NoEngine`, and `EngineUnusable` where there is none but such.
    """
    wanted = name or environment.get(VARIABLE, "")
    if wanted and Path(wanted).name not in ENGINES:
        raise UnknownEngine(wanted)
    tried = (wanted,) if wanted else ENGINES
    programs = [shutil.which(candidate, path=environment.get("PATH")) for candidate in tried]
    there = [Engine(program) for program in programs if program]
    if not there:
        raise NoEngine(tried)
    for engine in there:
        if not engine.complaint():
            return engine
    raise EngineUnusable(there[0].name, there[0].complaint())


def _environment() -> dict[str, str]:
    """Docker's newer builder, which knows what is mounted during a step, is not every version's default."""
    return {**os.environ, "DOCKER_BUILDKIT": "1"}
