import json
import subprocess
import sys

import pytest

from shipway.artifacts import InfraBlessing
from shipway.data.errors import UnknownSplit
from shipway_components.infra_validator import infra_validator

pytestmark = pytest.mark.tensorflow

FORKING = """
import pathlib, sys
import tensorflow
from shipway.artifacts import Examples, InfraBlessing, Model
from shipway.step import StepContext
from shipway_components.infra_validator import infra_validator, server_process

def refuse(*_):
    raise AssertionError("a fresh interpreter was started")

server_process._spawn = refuse
model, examples, blessing = sys.argv[1:]
infra_validator.function(
    model=Model(model), examples=Examples(examples), blessing=InfraBlessing(blessing),
    context=StepContext("p", "r", "t", pathlib.Path(blessing)),
)
"""


def test_a_good_model_is_blessed_from_a_fresh_process_where_forking_is_no_use(
    trained_model, raw_examples, context, tmp_path
):
    """This process has run TensorFlow, so a fork of it could not."""
    blessing = InfraBlessing(str(tmp_path / "blessing"))
    infra_validator.function(model=trained_model, examples=raw_examples, blessing=blessing, context=context)
    report = json.loads((blessing.path / "report.json").read_text())
    assert (blessing.path / "INFRA_BLESSED").is_file()
    assert blessing.blessed == 1
    assert blessing.metadata["median_ms.serving_default"] == report["signatures"]["serving_default"]["median_ms"]
    assert set(report["signatures"]) == {"serving_default", "predict_features"}
    assert context.seen == [16]


def test_a_forked_process_answers_when_tensorflow_is_only_imported(trained_model, raw_examples, tmp_path):
    command = [sys.executable, "-c", FORKING, str(trained_model.path), str(raw_examples.path), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "INFRA_BLESSED").is_file()


def test_a_model_that_is_not_sound_is_a_verdict_with_reasons(trained_model, context, tmp_path, monkeypatch):
    from shipway_components.infra_validator import validation
    from shipway_components.infra_validator.isolation import Limits, ProbeReport

    tries = []
    monkeypatch.setattr(
        validation,
        "probe_model",
        lambda model_path, questions, limits: tries.append(limits) or ProbeReport(["It hangs.", "It lies."]),
    )
    blessing = InfraBlessing(str(tmp_path / "blessing"))
    infra_validator.function(
        model=trained_model,
        blessing=blessing,
        context=context,
        validation_spec={"num_tries": 2, "max_loading_time_seconds": 4, "max_request_seconds": 5},
    )
    assert tries == [Limits(4, 5), Limits(4, 5)]
    assert (blessing.path / "INFRA_NOT_BLESSED").read_text() == "It hangs.\nIt lies."
    assert blessing.blessed == 0
    assert json.loads(blessing.metadata["reasons"]) == ["It hangs.", "It lies."]


def test_a_split_that_is_not_there_is_an_error(trained_model, raw_examples, context, tmp_path):
    with pytest.raises(UnknownSplit, match="no split 'test'"):
        infra_validator.function(
            model=trained_model,
            examples=raw_examples,
            blessing=InfraBlessing(str(tmp_path)),
            context=context,
            request_spec={"split_name": "test"},
        )
