"""Tests of the project: `pytest`."""

from pathlib import Path

import pytest
from cleaning import clean

from shipway.artifacts import Files
from shipway.errors import InputError

HEADER = "species,island,bill_length_mm\n"


def cleaned_rows(folder: Path, output: Path) -> tuple[int, str]:
    output.mkdir()
    dropped = clean.function(cleaned=Files(str(output)), folder=str(folder), label="species")
    return dropped, (output / "penguins.csv").read_text()


def test_rows_without_a_label_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "penguins.csv").write_text(HEADER + "Adelie,Dream,39.5\nNA,Dream,40.1\n")
    dropped, text = cleaned_rows(tmp_path, tmp_path / "out")
    assert dropped == 1
    assert "Adelie" in text
    assert "40.1" not in text


def test_a_missing_measure_stays_missing(tmp_path: Path) -> None:
    (tmp_path / "penguins.csv").write_text(HEADER + "Adelie,Dream,NA\nGentoo,Biscoe,46.1\n")
    dropped, text = cleaned_rows(tmp_path, tmp_path / "out")
    assert dropped == 0
    assert text.splitlines()[1] == '"Adelie","Dream",'


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no CSV file"):
        clean.function(cleaned=Files(str(tmp_path)), folder=str(tmp_path), label="species")
