"""Faults of the machine: a home that cannot be written, a disk that is full, a metadata store that is damaged."""

import os
import random
import shutil
import subprocess

import pytest

RUN = ("checked.py", "--param", "data=good", "--until", "example-gen")
ROWS = 100000


@pytest.mark.parametrize(
    ("place", "reason"),
    [("file/home", "Not a directory"), ("file", "File exists"), ("loop/home", "Too many levels of symbolic links")],
    ids=["below a file", "a file", "a circle of links"],
)
def test_a_home_that_cannot_be(shell_with_home, tmp_path, place, reason):
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    shell = shell_with_home(tmp_path / place, empty=True)
    assert shell.refused("run", *RUN, code=1) == (
        f"Cannot write to '{shell.home}' ({reason}): choose another folder or change its permissions."
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]


@pytest.fixture(scope="session")
def own_mounts():
    """What to put before a command so that it may mount file systems that nobody else sees."""
    for flags in (["--mount"], ["--map-root-user", "--mount"]):
        around = ["unshare", *flags, "--propagation", "private"]
        if (
            shutil.which("unshare")
            and not subprocess.run([*around, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode
        ):
            return around
    pytest.skip("this user may not mount a file system here, not even in a namespace of its own")


def mounting(own_mounts, folder, options):
    """Run a command with a tmpfs at `folder`, which is kept in `<folder>.after` for a look at it."""
    script = (
        'mount -t tmpfs -o "$1" tmpfs "$0" || exit 99; shift; "$@"; code=$?; '
        'rm -rf "$0.after"; cp -r "$0" "$0.after"; exit $code'
    )
    folder.mkdir()
    return [*own_mounts, "sh", "-c", script, str(folder), options]


def test_a_read_only_home(shell_with_home, own_mounts, tmp_path):
    around = mounting(own_mounts, tmp_path / "disk", "ro")
    shell = shell_with_home(tmp_path / "disk" / "home", around, empty=True)
    assert shell.refused("run", *RUN, code=1) == (
        f"Cannot write to '{shell.home}' (Read-only file system): choose another folder or change its permissions."
    )


def big_csv():
    """Values that do not compress."""
    values = random.Random(5)
    return b"id,word\n" + b"".join(b"%d,%032x\n" % (n, values.getrandbits(128)) for n in range(ROWS))


@pytest.mark.parametrize("kibibytes", [16, 700, 1200])
def test_a_full_disk(shell, shell_with_home, own_mounts, tmp_path, kibibytes):
    """Full before there is a run, while a task is recorded, while its rows are written."""
    shell.write("big", data=big_csv())
    around = mounting(own_mounts, tmp_path / "disk", f"size={kibibytes}k")
    full = shell_with_home(tmp_path / "disk" / "home", around, empty=True)
    done = full("run", "checked.py", "--param", "data=big", "--until", "example-gen")
    assert done.code == 1
    said = [line for line in (done.out + done.err).splitlines() if "No space is left on the disk of" in line]
    assert said, done
    assert all(f"'{tmp_path}/disk/home" in line for line in said)
    assert all(line.endswith(": free some ('shipway gc' itself needs a megabyte) and run again.") for line in said)
    after = shell_with_home(tmp_path / "disk.after" / "home", empty=True)
    assert [path for run in after.runs() for path in after.finished(run, "example-gen")] == []
    after.succeeds("checked.py", "--param", "data=big", "--until", "example-gen")


@pytest.mark.parametrize("damage", ["no database", "cut off", "a folder"])
def test_a_damaged_metadata_store(shell_with_home, tmp_path, damage):
    shell = shell_with_home(tmp_path / "home")
    shell.succeeds(*RUN)
    store = shell.home / "metadata.db"
    content = store.read_bytes()
    store.unlink()
    if damage == "a folder":
        store.mkdir()
    else:
        store.write_bytes(content[:20000] if damage == "cut off" else b"no database" * 500)
    for command in (("run", *RUN), ("artifacts",)):
        assert shell.refused(*command, code=1) == (
            f"The metadata store '{store}' is damaged or not a metadata store at all: put a backup in its place, or "
            f"move it away (mv '{store}' '{store}.damaged') to start with an empty one; artifacts are not touched by "
            "either."
        )
    store.rename(f"{store}.damaged")
    assert ", 3 rows, " in shell.succeeds(*RUN).err


def test_a_metadata_store_that_is_gone_is_made_anew(shell_with_home, tmp_path):
    shell = shell_with_home(tmp_path / "home")
    shell.succeeds(*RUN)
    os.unlink(shell.home / "metadata.db")
    assert "example-gen: succeeded" in shell.succeeds(*RUN).err
    assert "example-gen: cached" in shell.succeeds(*RUN).err
