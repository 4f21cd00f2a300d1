"""`shipway build-image`: images that hold one's own module files and steps, on top of the platform's.

A step looks a module file up in the folder that it starts in, and Python its modules: in every image of the platform
that is /pipeline. So a project's files have only to be copied there.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import shipway
from shipway.artifacts import digest_texts, digest_tree
from shipway.cli.images.engine import ENGINES, Build, Engine, find_engine
from shipway.cli.images.images_file import as_text, read_images, write_images
from shipway.cli.images.project_files import copy_project
from shipway.cli.init import project_name
from shipway.errors import InputError, UsageError

ON = ("data", "train")
"""The images whose steps run code of a project: transform, evaluator and its own steps; trainer."""

DOCKERFILE = """\
ARG BASE
FROM ${BASE}
COPY . /pipeline/
"""
OWN_DOCKERFILE = "Dockerfile"
TAG_LENGTH = 12


class NoBaseArgument(InputError):
    """A project's own Dockerfile that cannot be built on each of the platform's images."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{str(path)!r} does not take its base as an argument: begin it with 'ARG BASE' and 'FROM ${{BASE}}'."
        )


class NoRegistry(UsageError):
    """Pushing to nowhere."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"--push has to know where to: give --name with a registry in front (registry.example.com/team/{name})."
        )


class NoSuchPlatformImage(UsageError):
    """A file of images that lacks one that is built on."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(
            f"{str(path)!r} names no image {name!r}: build it there too ('make images'), or leave out --on {name}."
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project", nargs="?", type=Path, default=Path(), metavar="DIR", help="the project's folder (default: this one)"
    )
    parser.add_argument(
        "--name", default="", help="the images' name: registry.example.com/team/NAME (default: the folder's)"
    )
    parser.add_argument("--tag", default="", help="their tag (default: from the content, so that it changes with it)")
    parser.add_argument(
        "--on",
        action="append",
        metavar="IMAGE",
        help=f"an image of the platform to build on, as steps name it; again for more (default: {', '.join(ON)})",
    )
    parser.add_argument(
        "--platform-images",
        default="shipway",
        metavar="PREFIX|FILE",
        help="where the platform's images lie: registry.example.com/shipway, or the images.yaml of 'make images' "
        "(default: shipway)",
    )
    parser.add_argument("--engine", default="", help=f"{', '.join(ENGINES)} (default: $ENGINE, or the first there is)")
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help="build for another machine, as linux/amd64")
    parser.add_argument("--push", action="store_true", help="push them, and name them by digest")
    parser.add_argument(
        "--images-file",
        type=Path,
        metavar="FILE",
        help="write the names there, as cluster.yaml's images_file takes them",
    )


def run(options: argparse.Namespace) -> int:
    name = options.name or project_name(options.project)
    if options.push and not _has_registry(name):
        raise NoRegistry(name)
    if options.images_file:
        read_images(options.images_file)  # what cannot be written to is better known before minutes of building
    engine = find_engine(options.engine)
    bases = _bases(options.platform_images, options.on or ON)
    with tempfile.TemporaryDirectory() as folder:
        context, dockerfile = Path(folder, "project"), Path(folder, OWN_DOCKERFILE)
        copy_project(options.project, context)
        _write_dockerfile(context, dockerfile)
        tag = options.tag or _tag(context, bases)
        built = {
            on: _build(engine, Build(
                image=f"{name}-{on}:{tag}",
                context=context,
                dockerfile=dockerfile,
                arguments={"BASE": base},
                platform=options.platform,
                base=base,
            ), options.push)
            for on, base in bases.items()
        }  # fmt: skip
    if options.images_file:
        write_images(options.images_file, built)
        print(f"Wrote {options.images_file}; cluster.yaml takes it as 'images_file: {options.images_file}'.")
    else:
        print(f"For cluster.yaml:\n\n{as_text(built)}", end="")
    return 0


def _build(engine: Engine, build: Build, push: bool) -> str:
    """Build, and push where that is wanted; the reference by which a cluster finds the image."""
    engine.build(build)
    if not push:
        print(f"Built {build.image} on {build.base}.")
        return build.image
    digest = engine.push(build.image)
    print(f"Built {build.image} on {build.base}, and pushed it.")
    return f"{build.image.rpartition(':')[0]}@{digest}"


def _bases(where: str, names: list[str] | tuple[str, ...]) -> dict[str, str]:
    """The reference of each image to build on."""
    if not where.endswith((".yaml", ".yml")):
        return {name: f"{where}/{name}:{shipway.__version__}" for name in names}
    listed = read_images(Path(where))
    for name in names:
        if name not in listed:
            raise NoSuchPlatformImage(Path(where), name)
    return {name: listed[name] for name in names}


def _write_dockerfile(context: Path, dockerfile: Path) -> None:
    own = context / OWN_DOCKERFILE
    text = own.read_text(encoding="utf-8") if own.exists() else DOCKERFILE
    if not re.search(r"^\s*ARG\s+BASE\b", text, re.MULTILINE | re.IGNORECASE):
        raise NoBaseArgument(own)
    dockerfile.write_text(text, encoding="utf-8")


def _tag(context: Path, bases: Mapping[str, str]) -> str:
    digest = digest_texts([digest_tree(context), *bases.values()])
    return digest.rpartition(":")[2][:TAG_LENGTH]


def _has_registry(name: str) -> bool:
    """Whether the part before the first slash is a host, as engines tell it from a user of Docker's own registry."""
    host, slash, _ = name.partition("/")
    return bool(slash) and ("." in host or ":" in host or host == "localhost")
