import json
import subprocess
import sys

import pytest

from shipway.artifacts import Examples, HyperParameters, Model, ModelRun, Schema, TransformGraph
from shipway.data.errors import UnknownSplit
from shipway_components.trainer.arguments import TrainingRun, make_fn_args, read_hyperparameters
from shipway_components.trainer.errors import BadHyperParameters, BadTrainArgs
from shipway_components.trainer.fn_args import FnArgs
from shipway_components.trainer.tfx_names import dataset_options, tfx, tfxio


@pytest.fixture
def fn_args_of(raw_examples, tmp_path, context):
    def make(**given):
        run = TrainingRun(examples=raw_examples, module_file="module.py", **given)
        return make_fn_args(run, Model(str(tmp_path / "model")), ModelRun(str(tmp_path / "run")), context)

    return make


def test_every_name_of_tfx_is_filled(fn_args_of, raw_examples, tmp_path, context):
    hyperparameters = tmp_path / "hp"
    hyperparameters.mkdir()
    (hyperparameters / "best_hyperparameters.txt").write_text(json.dumps({"values": {"units": 8}}))
    args = fn_args_of(
        transform_graph=TransformGraph("/graph"),
        schema=Schema("/schema"),
        base_model=Model("/base"),
        hyperparameters=HyperParameters(str(hyperparameters)),
        train_args={"splits": ["train", "eval"], "num_steps": 100},
        eval_args={"num_steps": 5},
        custom_config={"depth": 2},
    )
    assert args.train_files == [str(raw_examples.split_path("train") / "*"), str(raw_examples.split_path("eval") / "*")]
    assert args.eval_files == [str(raw_examples.split_path("eval") / "*")]
    assert (args.train_steps, args.eval_steps) == (100, 5)
    assert args.schema_path == args.schema_file == "/schema/schema.pbtxt"
    assert args.transform_graph_path == args.transform_output == "/graph"
    assert args.base_model == "/base/Format-Serving"
    assert args.serving_model_dir == str(tmp_path / "model" / "Format-Serving")
    assert args.model_run_dir == str(tmp_path / "run")
    assert args.working_dir == str(context.work_dir)
    assert args.hyperparameters == {"values": {"units": 8}}
    assert args.custom_config == {"depth": 2}
    assert args.data_accessor.data_view_decode_fn is None


def test_by_default_it_trains_on_train_and_evaluates_on_eval_without_counting_steps(fn_args_of, raw_examples):
    args = fn_args_of()
    assert args.train_files == [str(raw_examples.split_path("train") / "*")]
    assert args.eval_files == [str(raw_examples.split_path("eval") / "*")]
    assert args.train_steps is None
    assert args.eval_steps is None
    assert args.schema_path is None


def test_a_number_of_steps_may_come_as_text_or_float(fn_args_of):
    assert fn_args_of(train_args={"num_steps": "7"}).train_steps == 7
    assert fn_args_of(train_args={"num_steps": 7.0}).train_steps == 7


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"num_step": 10}, "train_args has no field 'num_step'"),
        ({"num_steps": -1}, "has the num_steps -1"),
        ({"num_steps": 0}, "has the num_steps 0"),
        ({"num_steps": "0"}, "has the num_steps 0"),
        ({"num_steps": 1.5}, r"has the num_steps 1\.5"),
        ({"splits": "train"}, "has the splits 'train'"),
    ],
)
def test_wrong_train_args_are_named(fn_args_of, args, problem):
    with pytest.raises(BadTrainArgs, match=problem):
        fn_args_of(train_args=args)


def test_a_split_that_is_not_there_is_named_before_training(fn_args_of):
    with pytest.raises(UnknownSplit, match=r"no split 'test'.*'train', 'eval'"):
        fn_args_of(train_args={"splits": ["test"]})


@pytest.mark.parametrize(("text", "problem"), [(None, "0 files"), ("{", "best.txt"), ("[1]", "holds no object")])
def test_unreadable_hyperparameters_are_named(tmp_path, text, problem):
    if text is not None:
        (tmp_path / "best.txt").write_text(text)
    with pytest.raises(BadHyperParameters, match=problem):
        read_hyperparameters(HyperParameters(str(tmp_path)))


def test_the_names_that_tfx_modules_import(raw_schema_artifact):
    from tensorflow_metadata.proto.v0 import schema_pb2

    assert tfx.components.FnArgs is FnArgs
    assert tfxio.TensorFlowDatasetOptions(batch_size=3).num_epochs is None
    assert dataset_options.TensorFlowDatasetOptions(batch_size=3, label_key="l").label_key == "l"
    schema = tfx.utils.parse_pbtxt_file(str(raw_schema_artifact.schema_file), schema_pb2.Schema())
    assert len(schema.feature) == 6


def test_importing_the_step_costs_nothing_heavy():
    heavy = ("tensorflow", "pyarrow", "keras", "pandas")
    code = f"import sys, shipway_components.trainer; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_one_file_with_another_payload_is_read_by_the_same_accessor(fn_args_of, raw_examples):
    from shipway_components.trainer import RecordBatchesOptions

    args = fn_args_of()
    batches = args.data_accessor.record_batch_factory(args.eval_files, RecordBatchesOptions(30, num_epochs=1))
    assert [batch.num_rows for batch in batches] == [30, 10]
    assert isinstance(raw_examples, Examples)
