"""axe-core, which judges accessibility: fetched from npm by version, never part of this project."""

import shutil
import subprocess
from pathlib import Path

import pytest

VERSION = "4.14.1"
_PLACE = Path(__file__).parents[3] / "build" / "axe"


def axe_core() -> Path:
    """The script, fetched once; or a skip where it cannot be."""
    script = _PLACE / VERSION / "node_modules" / "axe-core" / "axe.min.js"
    npm = shutil.which("npm")
    if not script.exists():
        if npm is None:
            pytest.skip("no npm to fetch axe-core with")
        folder = script.parents[2]
        folder.mkdir(parents=True, exist_ok=True)
        asked = [npm, "install", "--silent", "--prefix", str(folder), f"axe-core@{VERSION}"]
        if subprocess.run(asked, capture_output=True, check=False).returncode:
            pytest.skip(f"npm cannot fetch axe-core {VERSION}")
    return script
