"""Every image holds what its steps and services import, and the control image does not hold TensorFlow."""

import pytest
from imported import package_of, third_party_imports

from shipway_components.steps import STEPS

SERVICES = {
    "control": (
        "shipway.cli.__main__", "shipway.cli.metadata_serve", "shipway.cli.ui", "shipway.cli.exporter",
        "shipway.cli.watch", "shipway.cli.upload", "shipway.cli.submit", "shipway.cli.schedule", "shipway.cli.models",
    ),
    "serving": ("shipway.serving.__main__",),
}  # fmt: skip

NEVER_REACHED = {
    "control": (
        "shipway.data.example_coder",  # does without tfx_bsl, by shipway.data.example_messages
        "shipway.data.model",  # loading and calling models; signatures are read from the file (saved_signatures.py)
        "shipway.data.statistics.value_counts",  # making statistics; pages show those that are there
        "shipway.serving",  # the model server, which the infra validator starts and the pusher does not
        "shipway_components.infra_validator.isolation",
    ),
    "train": ("shipway_components.transform.stats_options",),  # the trainer knows the transform's features alone
}
"""Modules and packages of ours that a step comes to by another's functions, which nothing in its image calls."""

RUNS = [(step.image, step.function.__module__) for step in STEPS]
RUNS += [(image, module) for image, modules in SERVICES.items() for module in modules]
RUNS += [("train-gpu", module) for image, module in RUNS if image == "train"]
RUNS += [(image, "shipway.step.__main__") for image in ("control", "data", "train", "train-gpu", "serving")]


@pytest.mark.parametrize(("image", "module"), sorted(set(RUNS)))
def test_an_image_holds_what_it_imports(image, module, image_packages):
    missing = {
        name: importer
        for name, importer in third_party_imports(module).items()
        if not package_of(name) & image_packages[image] and not _is_left_out(importer, image)
    }
    assert missing == {}


def _is_left_out(importer, image):
    left_out = NEVER_REACHED.get(image.removesuffix("-gpu"), ())
    return any(importer == name or importer.startswith(f"{name}.") for name in left_out)


def test_the_imports_of_a_step_are_found_through_its_functions():
    imports = third_party_imports("shipway_components.transform")
    assert "tensorflow_transform" in imports
    assert package_of("tensorflow_transform.beam.analyzer_cache") == {"tensorflow-transform"}
    assert package_of("google.protobuf.message") == {"protobuf"}
    assert package_of("nobody.brings.this") == set()


def test_control_is_without_tensorflow_and_all_other_heavy_things(image_packages):
    heavy = {"tensorflow", "keras", "tfx-bsl", "apache-beam", "pandas", "scipy", "scikit-learn"}
    assert image_packages["control"] & heavy == set()


def test_only_the_gpu_image_has_cuda(image_packages):
    with_cuda = {image for image, packages in image_packages.items() if any("nvidia" in name for name in packages)}
    assert with_cuda == {"train-gpu"}


def test_no_image_has_a_notebook_server_or_a_tool_of_developers(image_packages):
    for packages in image_packages.values():
        assert packages & {"jupyterlab", "notebook", "jupyter-server", "debugpy", "pytest", "ruff", "libclang"} == set()
