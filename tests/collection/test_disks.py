"""Real disks that are full or read-only: small ones in memory, mounted for one process alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firs.collection import Collection
from tests.fakes import FakeEncoder
from tests.imaging.making import plain
from tests.stores import sqlite_store

REPOSITORY = Path(__file__).parents[2]


def alone(script: str, code: str, *arguments: str) -> str:
    """Run shell lines and then Python in a process that may mount for itself."""
    command = ["unshare", "--mount", "--map-root-user", "sh", "-ec"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("this system lets no process mount for itself")
    told = subprocess.run(
        [*command, f'{script}\nexec "$PYTHON" -c "$CODE" "$@"', "sh", *arguments],
        cwd=REPOSITORY,
        env={
            "PYTHON": sys.executable,
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "CODE": code,
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


FULL = """
import sys
from firs.collection import Collection
from firs.errors import StorageError
from tests.fakes import FakeEncoder
photos, disk = sys.argv[1:]
with Collection(disk + "/.firs", FakeEncoder()) as collection:
    for _ in range(2):
        try:
            collection.add(photos, batch_size=8)
        except StorageError as error:
            print(error)
        assert 0 < len(collection) < 400, len(collection)
        assert len(collection.search("red", k=1000)) == len(collection)
import subprocess
subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
with Collection(disk + "/.firs", FakeEncoder()) as collection:
    kept = len(collection)
    report = collection.add(photos)
    assert (report.added, report.unchanged) == (400 - kept, kept), report
"""


def test_a_full_disk_keeps_what_was_done_and_goes_on(photos: Path, tmp_path: Path) -> None:
    for number in range(400):
        plain(f"rgb({number % 256}, {number // 256}, 0)", size=(8, 8)).save(
            photos / f"{'long name ' * 20}{number}.png"
        )
    disk = tmp_path / "disk"
    disk.mkdir()
    told = alone('mount -t tmpfs -o size=600k tmpfs "$2"', FULL, str(photos), str(disk))
    assert told.count("full. Free some space and run this again") == 2


READ_ONLY = """
import os, sys
from firs.collection import Collection
from firs.errors import StorageError
from tests.fakes import FakeEncoder
photos, elsewhere = sys.argv[1:]
with Collection(photos + "/.firs", FakeEncoder(), create=False) as collection:
    assert collection.search("red", k=1)[0].path.name == "red.png"
    assert len(list(collection)) == 8 and collection.info().images == 8
    for change in (lambda: collection.add(photos), lambda: collection.remove([1])):
        try:
            change()
        except StorageError as error:
            print(error)
try:
    Collection(photos + "/new/.firs")
except StorageError as error:
    print(error)
with Collection(elsewhere, FakeEncoder()) as collection:
    assert collection.add(photos).added == 8
"""

MOUNT_READ_ONLY = """
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
"""


def test_a_read_only_disk_can_be_searched(
    collection: Collection, rainbow: Path, tmp_path: Path
) -> None:
    collection.add(rainbow)
    collection.close()
    before = sorted((rainbow / ".firs").iterdir())
    told = alone(MOUNT_READ_ONLY, READ_ONLY, str(rainbow), str(tmp_path / "elsewhere"))
    assert told.count("--collection") == 3
    assert sorted((rainbow / ".firs").iterdir()) == before


UNFINISHED = """
import sys
from firs.collection import Collection
from firs.errors import StorageError
photos, = sys.argv[1:]
try:
    Collection(photos + "/.firs", create=False)
except StorageError as error:
    print(error)
"""


def test_unfinished_writing_on_a_read_only_disk_is_not_passed_over(
    rainbow: Path, tmp_path: Path
) -> None:
    with Collection(rainbow / ".firs", FakeEncoder()) as collection:
        collection.add(rainbow)
        with sqlite_store(
            collection
        ).database.reading():  # so that the log is not folded into the file
            plain("orange").save(rainbow / "orange.png")
            collection.add(rainbow)
            copy = shutil.copytree(
                rainbow, tmp_path / "copy", ignore=shutil.ignore_patterns("*-shm")
            )
    assert "Open it once where it can be written" in alone(MOUNT_READ_ONLY, UNFINISHED, str(copy))
