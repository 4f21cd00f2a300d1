import pytest

from shipway.data.readers import csv_faults
from shipway.data.readers.csv_faults import scan_bytes


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n0x1,2\n", (True, False)),
        ("a,b\n1, 0XF\n", (True, False)),
        ('a,b\n1,"0x1"\n', (True, False)),
        ("0x1", (True, False)),
        ("a;b\n1;0x2\n", (False, False)),
        ("a,b\nN0x1,-0x1\n", (False, False)),
        ("xX,0,x0,10x\n", (False, False)),
        ('a,"b\n', (False, True)),
        ("", (False, False)),
    ],
)
def test_a_cell_that_begins_hexadecimal_and_odd_quotes_are_seen_across_blocks(tmp_path, monkeypatch, text, found, size):
    monkeypatch.setattr(csv_faults, "BLOCK", size)
    (tmp_path / "data.csv").write_text(text)
    assert scan_bytes(tmp_path / "data.csv", ",") == found
