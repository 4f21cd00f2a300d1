"""A step of this project's own: an annotated function is a task here and a container in a cluster.

What a step needs is imported inside it, so that the pipeline compiles in no time.
"""

from shipway.artifacts import Files
from shipway.step import Output, step


def files_of(folder: str) -> str:
    """What the step reads beside its inputs. It is part of the cache key: when a file changes, the step runs again."""
    from pathlib import Path

    from shipway.artifacts import digest_file, digest_texts

    return digest_texts(f"{path.name} {digest_file(path)}" for path in sorted(Path(folder).glob("*.csv")))


@step(image="data", reads=files_of)
def clean(cleaned: Output[Files], folder: str, label: str) -> int:
    """Copies CSV files without the rows that have no label, and returns how many rows were left out.

    Args:
        cleaned: the files without those rows.
        folder: where the CSV files lie.
        label: the column that must not be missing.
    """
    from pathlib import Path

    import pyarrow.compute as pc
    from pyarrow import csv

    from shipway.errors import InputError

    files = sorted(Path(folder).glob("*.csv"))
    if not files:
        raise InputError(f"There is no CSV file in {folder!r}: put one there, or give another folder as 'data'.")
    dropped = 0
    for path in files:
        options = csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True)
        rows = csv.read_csv(path, convert_options=options)
        labelled = rows.filter(pc.is_valid(rows[label]))
        csv.write_csv(labelled, cleaned.path / path.name)
        dropped += rows.num_rows - labelled.num_rows
    return dropped
