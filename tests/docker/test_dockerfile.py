"""The Dockerfile says what is so: lock, user, labels, paths that are there, and nothing is pulled but the base."""

import re
import subprocess
import tomllib

import pytest
from image_definitions import DOCKERFILE, IMAGES, REPOSITORY, STAGES, ancestry, extras_of, left_out, packages_alone

import shipway
from shipway.step.component import PLATFORM_IMAGES
from shipway_components.steps import STEPS

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
FINAL = [STAGES[image] for image in IMAGES]


def label(image, name):
    labels = " ".join(words for stage in ancestry(image) for words in stage.given("LABEL"))
    return re.findall(rf'org\.opencontainers\.image\.{name}="([^"]*)"', labels)[0]


def test_the_images_are_those_that_steps_may_name():
    assert set(IMAGES) == set(PLATFORM_IMAGES)
    assert {step.image for step in STEPS} <= set(IMAGES)


def test_only_the_base_is_pulled_and_it_is_an_argument():
    assert {stage.base for stage in STAGES.values()} - set(STAGES) == {"${BASE}", "scratch"}
    assert re.search(r"^ARG BASE=\S+:3\.11-\S+$", DOCKERFILE.read_text(), re.MULTILINE)
    assert ":latest" not in DOCKERFILE.read_text()


@pytest.mark.parametrize("stage", FINAL, ids=IMAGES)
def test_no_image_runs_as_root(stage):
    assert stage.given("USER") == ["10001:10001"]


@pytest.mark.parametrize("image", IMAGES)
def test_labels_tell_what_it_is_and_what_it_was_made_from(image):
    assert label(image, "title").startswith("Shipway ")
    assert len(label(image, "description")) > 20
    assert label(image, "licenses") == "Apache-2.0"
    assert (label(image, "version"), label(image, "revision")) == ("${VERSION}", "${REVISION}")
    assert {"VERSION", "REVISION"} <= set(STAGES[image].given("ARG"))
    assert f"ARG VERSION={shipway.__version__}\n" in DOCKERFILE.read_text()


@pytest.mark.parametrize("image", ["control", "serving"])
def test_services_have_a_health_check_that_is_in_the_image(image):
    (check,) = STAGES[image].given("HEALTHCHECK")
    assert 'CMD ["/opt/shipway/bin/healthcheck"]' in check
    assert any(f"docker/{image}/healthcheck" in words for words in STAGES[image].given("COPY"))


@pytest.mark.parametrize("image", IMAGES)
def test_a_change_of_the_sources_makes_the_last_layers_anew_and_no_other(image):
    environment = [words for stage in ancestry(image)[1:] for words in stage.given("COPY")]
    assert not [words for words in environment if re.search(r"\b(platform|components|pipelines|project)\b", words)]
    instructions = [name for name, _ in STAGES[image].instructions]
    assert "--from=project" in STAGES[image].given("COPY")[-1]
    assert "RUN" not in instructions[len(instructions) - instructions[::-1].index("COPY") :]


def test_the_environments_are_the_locked_ones():
    install = (REPOSITORY / "docker" / "install").read_text()
    (sync,) = re.findall(r"^.*uv sync.*$", install, re.MULTILINE)
    assert {"--frozen", "--no-dev", "--no-install-project", "--compile-bytecode"} <= set(sync.split())
    assert "--require-hashes" in (REPOSITORY / "docker" / "install-alone").read_text()
    for image in IMAGES:
        assert extras_of(image)
        assert extras_of(image) <= set(PROJECT["optional-dependencies"])


def test_what_is_left_out_and_what_comes_alone_is_in_the_lock():
    locked = {package["name"] for package in tomllib.loads((REPOSITORY / "uv.lock").read_text())["package"]}
    alone = {name for image in IMAGES for name in packages_alone(image)}
    assert alone
    assert left_out() | alone <= locked


def test_images_that_hold_tensorflow_share_its_layer():
    heavy = [image for image in IMAGES if "tensorflow" in extras_of(image)]
    assert heavy == ["data", "train", "train-gpu", "serving"]
    assert all(STAGES["tensorflow"] in ancestry(image) for image in heavy)


def test_everything_that_is_copied_is_there_and_not_ignored():
    copies = [words for stage in STAGES.values() for words in stage.given("COPY") if "--from" not in words]
    sources = [word for words in copies for word in words.split()[:-1]]
    kept = re.findall(r"^!(.*)$", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE)
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    assert [source for source in sources if source.partition("/")[0] not in kept] == []
    assert sorted(kept) == sorted({source.partition("/")[0] for source in sources})


def test_what_runs_may_be_run():
    listed = subprocess.run(
        ["git", "ls-files", "--stage", "docker"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    modes = {line.split("\t")[1]: line.split()[0] for line in listed.splitlines()}
    scripts = [path for path in modes if (REPOSITORY / path).read_text().startswith("#!")]
    assert len(scripts) >= 6
    assert [path for path in scripts if modes[path] != "100755"] == []
