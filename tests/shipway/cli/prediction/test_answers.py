import io
import json
import math
import os
from types import SimpleNamespace

import pytest

from shipway.artifacts.publish import StorageUnwritable
from shipway.cli.prediction.answers import output_stream, sink_of
from shipway.cli.prediction.asking import Answered
from shipway.cli.prediction.rows import RowBatch
from shipway.data.model.signature import Signature, TensorSpec
from shipway.errors import ShipwayError

SIGNATURE = Signature("predict_features", {"x": TensorSpec("x", "float32", (None,))}, {})
MODEL = SimpleNamespace(place="http://h/v1/models/m, version 3", signature=SIGNATURE)
BATCH = RowBatch(1, 2, {"x": [0.123456, None], "id": ["a", b"\xc3\xbc"], "label": [1, 0]})
ANSWERED = Answered({"score": [math.nan, 0.5], "classes": [["a", "b"], [1.0, math.inf]]}, "t-7", 0.002)


def written(answer_format, kept=()):
    stream = io.StringIO()
    sink = sink_of(answer_format, stream, kept, MODEL)
    sink.write(BATCH, ANSWERED)
    sink.write(BATCH, ANSWERED)
    return stream.getvalue().splitlines()


def test_json_lines_are_json_whatever_the_numbers_are():
    def refuse(text):
        raise AssertionError(text)

    rows = [json.loads(line, parse_constant=refuse) for line in written("jsonl", ["id"])]
    assert rows[:2] == [
        {"id": "a", "score": None, "classes": ["a", "b"]},
        {"id": "ü", "score": 0.5, "classes": [1.0, None]},
    ]
    assert rows[2:] == rows[:2]


def test_csv_has_one_header_and_lists_as_json():
    assert written("csv", ["id"]) == [
        "id,score,classes",
        'a,nan,"[""a"", ""b""]"',
        'ü,0.5,"[1.0, null]"',
        'a,nan,"[""a"", ""b""]"',
        'ü,0.5,"[1.0, null]"',
    ]


def test_text_is_question_and_answer():
    assert written("text")[:8] == [
        "asked       http://h/v1/models/m, version 3, signature predict_features",
        "question    x 0.1235",
        "answer      score nan, classes [a, b]",
        "not asked   id a, label 1",
        "question    x missing",
        "answer      score 0.5, classes [1, inf]",
        "not asked   id ü, label 0",
        "tracking id t-7",
    ]


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        ("ids", "The rows have no column 'ids' to keep: they have 'x', 'id', 'label'."),
        ("score", None),
    ],
)
def test_columns_that_cannot_be_kept(kept, sentence):
    batch = BATCH if sentence else RowBatch(1, 2, {**BATCH.columns, "score": [1, 2]})
    with pytest.raises(ShipwayError) as error:
        sink_of("csv", io.StringIO(), [kept], MODEL).write(batch, ANSWERED)
    assert str(error.value) == (
        sentence or "The column 'score' to keep is called like an output of the model: leave it out."
    )


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("old")
    with output_stream(str(path)) as stream:
        stream.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"

    def fail():
        with output_stream(str(path)) as stream:
            stream.write("half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["answers.csv"]


def test_a_folder_that_is_not_there(tmp_path):
    lost = str(tmp_path / "lost" / "answers.csv")
    with pytest.raises(StorageUnwritable, match=r"Cannot write to .*lost/answers\.csv'"), output_stream(lost):
        pass
