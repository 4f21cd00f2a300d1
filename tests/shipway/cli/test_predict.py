"""`shipway predict` from its words to what it prints, against a real server and in this process."""

from __future__ import annotations

import json
import re
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shipway.artifacts import Examples
from shipway.cli.__main__ import main
from shipway.data.examples import ExamplesWriter
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.serving import runtimes

CSV = "carrier,distance,id\nUA,150,a\nDL,,b\nAA,0,c\n"
ANSWERS = [("a", 1.5, "UA"), ("b", 0.0, "DL"), ("c", 0.0, "AA")]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "flights.csv"
    path.write_text(CSV)
    return path


@pytest.fixture
def shipway(capsys, tmp_path, monkeypatch):
    """Run a command; its exit code, what it printed, and its one sentence."""
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def address(delay_server: str) -> str:
    return f"{delay_server}/v1/models/delays"


@pytest.fixture
def here(monkeypatch, delay_runtime) -> None:
    """Models without TensorFlow are among those that this process loads."""
    monkeypatch.setattr(runtimes, "RUNTIMES", (delay_runtime,))


def read(text: str) -> list[tuple[str, float, str]]:
    return [(row["id"], row["delay"], row["echo"]) for row in map(json.loads, text.splitlines())]


def test_a_served_model(shipway, address, rows):
    code, out, err = shipway("predict", address, rows, "--keep", "id")
    assert (code, read(out), err) == (0, ANSWERS, "")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_batches_give_the_same_answers_in_order(shipway, address, rows, size):
    assert read(shipway("predict", address, rows, "--keep", "id", "--batch-size", size)[1]) == ANSWERS


def test_a_model_in_this_process(shipway, here, delay_models, rows):
    assert read(shipway("predict", delay_models, rows, "--keep", "id")[1]) == ANSWERS
    assert read(shipway("predict", delay_models / "3", rows, "--keep", "id")[1]) == ANSWERS
    assert read(shipway("predict", delay_models, rows, "--keep", "id", "--version", 3, "--rows", 2)[1]) == ANSWERS[:2]


def test_a_bare_address_a_label_and_a_version(shipway, address, delay_server, rows):
    words = ("predict", delay_server, rows, "--model", "delays", "--keep", "id")
    assert read(shipway(*words, "--label", "stable")[1]) == ANSWERS
    assert read(shipway(*words, "--version", 4)[1]) == ANSWERS
    code, out, err = shipway("predict", f"{address}/versions/3", rows)
    assert (code, out) == (1, "")
    assert err.startswith(f"Error: {address}/versions/3/metadata answers 404: ")


def test_parquet_and_json_lines_and_bare_values(shipway, address, tmp_path):
    pq.write_table(pa.table({"distance": [150.0, None], "carrier": [b"UA", b"DL"], "id": ["a", "b"]}), tmp_path / "p")
    assert read(shipway("predict", address, tmp_path / "p", "--keep", "id")[1]) == ANSWERS[:2]
    (tmp_path / "j").write_text("[100, 200]")
    assert shipway("predict", address, tmp_path / "j", "--signature", "serving_default")[1] == (
        '{"delay": 1.0}\n{"delay": 2.0}\n'
    )
    (tmp_path / "l").write_text('{"values": [1, 2, 3]}\n{"values": [4]}')
    (code, _, err) = shipway("predict", address, tmp_path / "l", "--signature", "lines", "--batch-size", 1)
    assert (code, err) == (0, "")


def test_answers_in_a_file(shipway, address, rows, tmp_path):
    code, out, _ = shipway("predict", address, rows, "--output", tmp_path / "answers.csv", "--keep", "id")
    assert (code, out) == (0, "")
    assert (tmp_path / "answers.csv").read_text() == "id,delay,echo\na,1.5,UA\nb,0.0,DL\nc,0.0,AA\n"


def test_question_and_answer(shipway, address, rows):
    _, out, _ = shipway("predict", address, rows, "--rows", 1, "--format", "text")
    *lines, tracking = out.splitlines()
    assert lines == [
        f"asked       {address}, version 4, signature predict_features",
        "question    carrier UA, distance 150",
        "answer      delay 1.5, echo UA",
        "not asked   id a",
    ]
    assert tracking.startswith("tracking id ")


def test_a_long_file_says_how_far_it_is(shipway, address, rows, monkeypatch):
    from shipway.cli import predict

    monkeypatch.setattr(predict, "SECONDS_BETWEEN_LINES", 0.0)
    err = shipway("predict", address, rows, "--batch-size", 2)[2]
    first, second = err.splitlines()
    assert first.startswith("2 rows, ")
    assert second.startswith("3 rows, ")


@pytest.fixture
def own_examples(tmp_path: Path, delay_models: Path) -> None:
    """A run on record that made the model's version 4 out of two flights to train on and two to evaluate with."""
    home = tmp_path / "home"
    with Lineage.open(home / "metadata.db") as lineage:
        examples = Examples(str(tmp_path / "examples"))
        for split, distances in (("train", [1.0, 2.0]), ("eval", [300.0, 400.0])):
            with ExamplesWriter(examples, split) as writer:
                writer.write(
                    pa.RecordBatch.from_pydict({"distance": distances, "carrier": ["UA", "DL"], "late": [1, 0]})
                )
        examples.split_names = ["train", "eval"]
        raw = ArtifactRecord("Examples", examples.uri, examples.metadata)
        transformed = ArtifactRecord("Examples", str(tmp_path / "transformed"))
        model = ArtifactRecord("Model", str(tmp_path / "model"))
        place = {"pushed_destination": str(delay_models), "pushed_version": "4"}
        steps = {
            "example_gen": ({}, {"examples": [raw]}),
            "transform": ({"examples": [raw]}, {"transformed_examples": [transformed]}),
            "trainer": ({"examples": [transformed]}, {"model": [model]}),
            "pusher": (
                {"model": [model]},
                {"pushed_model": [ArtifactRecord("PushedModel", str(tmp_path / "p"), place)]},
            ),
        }
        for name, (inputs, outputs) in steps.items():
            identity = TaskIdentity("flights", "run-1", name, f"shipway_components.{name}")
            execution = lineage.begin(identity, inputs, {}, "key")
            lineage.complete(execution, outputs, {})


@pytest.mark.usefixtures("own_examples", "here")
def test_without_a_file_a_row_that_the_model_was_evaluated_on_is_asked(shipway, delay_models):
    code, out, err = shipway("predict", delay_models)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"asked       {delay_models / '4'}, signature predict_features",
        "question    distance 300, carrier UA",
        "answer      delay 3, echo UA",
        "not asked   late 1",
    ]
    assert len(shipway("predict", delay_models, "--rows", 9, "--format", "jsonl")[1].splitlines()) == 2
    assert shipway("predict", "flights")[1] == out


def test_a_name_that_nothing_was_pushed_under(shipway):
    code, out, err = shipway("predict", "flihgts")
    assert (code, out) == (2, "")
    assert err.startswith("Error: 'flihgts' is no folder and no pipeline that has pushed a model ")


@pytest.mark.tensorflow
@pytest.mark.usefixtures("own_examples", "here")
def test_a_server_for_one_question(shipway, delay_models):
    code, out, err = shipway("predict", delay_models, "--serve")
    assert (code, err) == (0, "")
    asked, *lines, tracking = out.splitlines()
    assert re.fullmatch(
        r"asked +http://127\.0\.0\.1:\d+/v1/models/delays, version 4, signature predict_features", asked
    )
    assert lines[1] == "answer      delay 3, echo UA"
    assert tracking.startswith("tracking id ")
    assert [one.name for one in threading.enumerate() if one.name == "model-server"] == []


@pytest.mark.tensorflow
def test_a_server_that_cannot_load_the_model_says_why(shipway, here, tmp_path, rows):
    (tmp_path / "m" / "1").mkdir(parents=True)
    (tmp_path / "m" / "1" / "delays.txt").write_text("broken")
    code, out, err = shipway("predict", tmp_path / "m", rows, "--serve")
    assert (code, out) == (1, "")
    assert re.fullmatch(r"Error: m version 1: [^\n]*it is broken[^\n]*\n", err)


def test_a_token(shipway, serving_delays, delay_models, rows, tmp_path):
    (tmp_path / "token").write_text("0123456789abcdef\n")
    with serving_delays(delay_models, tmp_path / "token") as url:
        address = f"{url}/v1/models/delays"
        assert shipway("predict", address, rows, "--token-file", tmp_path / "token")[0] == 0
        code, _, err = shipway("predict", address, rows)
    assert code == 1
    assert "answers 401: The request has no token" in err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ("{url}", "{rows}", "--signature", "other"),
            2,
            "The model has no signature 'other': it has lines, predict_features, serving_default, total.",
        ),
        (
            ("{url}", "{rows}", "--signature", "lines"),
            1,
            "The rows have no column 'values', which the signature 'lines' "
            "takes: they have 'carrier', 'distance', 'id'.",
        ),
        (
            ("{url}", "{rows}", "--signature", "total"),
            1,
            "The model's output 'total' has not one entry for each of 3 rows: choose another --signature.",
        ),
        (
            ("{url}", "{rows}", "--keep", "ids"),
            2,
            "The rows have no column 'ids' to keep: they have 'carrier', 'distance', 'id'.",
        ),
        (("{url}",), 2, "Name a file of rows for {url}, or '-': CSV, JSON, JSON lines or Parquet."),
        (
            ("{url}", "{rows}", "--serve"),
            2,
            "--serve is for a model's folder, and '{url}' is an address: leave one of them out.",
        ),
        (("{url}", "{rows}", "--rows", "0"), 2, "--rows is 0 and must be more than 0."),
        (
            ("{url}", "{rows}", "--token-file", "/lost"),
            2,
            "The token file '/lost' cannot be read (FileNotFoundError: "
            "[Errno 2] No such file or directory: '/lost'): give a text file with the token.",
        ),
        (
            ("{folder}", "{rows}", "--label", "stable"),
            2,
            "--label is for a server, and '{folder}' is no address: leave it out.",
        ),
        (
            ("{folder}",),
            2,
            "No run in this folder is on record that made '{folder}/4', so there are no rows to ask it: "
            "name a file of rows, or '-'.",
        ),
        (
            ("{folder}", "{rows}", "--version", "9"),
            2,
            "'{folder}' has no version 9, it has 3, 4: give a server's address "
            "(http://localhost:8501/v1/models/NAME), or the folder of a pushed model or of one version of it.",
        ),
        (
            ("http://127.0.0.1:9/v1/models/m", "{rows}"),
            1,
            "Nobody answers at http://127.0.0.1:9/v1/models/m/metadata (ConnectError: [Errno 111] Connection refused, "
            "tried 4 times): check the address, and that the server runs.",
        ),
    ],
)
def test_one_sentence(shipway, here, address, delay_models, rows, words, code, sentence):
    places = {"url": address, "rows": rows, "folder": delay_models}
    found = shipway("predict", *(word.format(**places) for word in words))
    assert found == (code, "", f"Error: {sentence.format(**places)}\n")


def test_a_wrong_value_leaves_no_half_file(shipway, address, tmp_path):
    (tmp_path / "rows.csv").write_text("carrier,distance\nUA,1\nDL,far\n")
    code, _, err = shipway("predict", address, tmp_path / "rows.csv", "--output", tmp_path / "o", "--batch-size", 1)
    assert (code, err) == (
        1,
        "Error: The value in row 2, column 'distance' is 'far', and the model takes float32[?]: correct it, or leave "
        "it empty where it is missing.\n",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv"]


def test_a_broken_model_is_a_sentence(shipway, here, tmp_path, rows, delay_runtime):
    (tmp_path / "m" / "1").mkdir(parents=True)
    (tmp_path / "m" / "1" / "model.pkl").touch()
    code, _, err = shipway("predict", tmp_path / "m", rows)
    assert code == 1
    assert "is a pickle, which runs any code when it is read" in err


def test_help_needs_no_heavy_import(shipway, capsys):
    before = set(sys.modules)
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    assert "--batch-size" in capsys.readouterr().out
    assert not {"tensorflow", "httpx", "pyarrow"} & (set(sys.modules) - before)
