import json
from pathlib import Path

import pytest

from tests.cli.conftest import Firs


def test_info(firs: Firs, indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(indexed / "more")
    told = dict(line.split(maxsplit=1) for line in firs("info").out.splitlines())
    assert told["collection"] == str(indexed / ".firs")
    assert told["images"] == "6"
    assert told["encoder"].startswith("fake (64 float16 a vector, 6 vectors")


def test_info_as_json(firs: Firs, indexed: Path) -> None:
    told = json.loads(firs("info", "--json", "--collection", indexed).out)
    assert told["path"] == str(indexed / ".firs")
    assert told["images"] == 6
    assert told["encoders"][0]["fingerprint"] == "fa4e"
    assert told["indexes"] == {"fake": {"kind": "exact", "certificate": None}}


def test_an_outdated_check_is_marked(firs: Firs, indexed: Path) -> None:
    firs("index", "--collection", indexed, "--verify")
    assert "before the last change" not in firs("info", "--collection", indexed).out
    (indexed / "red.png").unlink()
    firs("index", indexed, "--prune", "--index", "hash")
    told = firs("info", "--collection", indexed).out
    assert ", of the index exact, before the last change of images" in told


def test_problems_with_their_reasons(firs: Firs, indexed: Path) -> None:
    assert firs("info", "--problems", "--collection", indexed) == (0, "", "")
    (indexed / "two\nlines.jpg").write_bytes(b"")
    firs("index", indexed)
    told = firs("info", "--problems", "--collection", indexed)
    assert told.out == f"{indexed}/two\\nlines.jpg: empty file\n"
    (problem,) = json.loads(firs("info", "--problems", "--json", "--collection", indexed).out)
    assert problem == {"path": str(indexed / "two\nlines.jpg"), "reason": "empty file"}
    assert "1 (firs info --problems)" in firs("info", "--collection", indexed).out


def test_no_collection(firs: Firs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    failed = firs("info")
    assert failed.code == 1
    assert failed.err.startswith("error: There is no collection in /")
