"""axe-core, which judges accessibility: fetched from npm by version, never part of this project."""

import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

VERSION = "4.14.1"
_PLACE = Path(__file__).parents[3] / "build" / "axe"


def axe_core() -> Path:
    """Return the script, fetched once even where several processes test; or skip the test."""
    folder = _PLACE / VERSION
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not script.exists():
            _fetch(folder)
    return script


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm to fetch axe-core with")
    command = [npm, "install", "--silent", "--prefix", str(folder), f"axe-core@{VERSION}"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"npm cannot fetch axe-core {VERSION}")
