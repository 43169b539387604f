import json
from pathlib import Path

import pytest

from firs.cli import rounds as saved
from firs.errors import InputError, StorageError


def test_a_file_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "some.json"
    saved.write_new(file, '{"a": 1}\n')
    assert saved.read_document(file) == {"a": 1}
    assert list(tmp_path.iterdir()) == [file]
    assert capsys.readouterr().err == f"Written: {file}\n"


@pytest.mark.parametrize("place", ["nowhere/some.json", "."])
def test_unwritable_file_is_an_error(tmp_path: Path, place: str) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        saved.write_new(tmp_path / place, "told")
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    saved.require_new(None, tmp_path / "b.json")
    with pytest.raises(InputError, match=r"a\.json already exists; name a new file"):
        saved.require_new(None, tmp_path / "a.json")


@pytest.mark.parametrize("told", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5000])
def test_invalid_json(tmp_path: Path, told: bytes) -> None:
    file = tmp_path / "some.json"
    file.write_bytes(told)
    with pytest.raises(InputError, match="not a session exported by QT-FIRS"):
        saved.read_document(file)


def test_unreadable_file(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            saved.read_document(file)


def test_json_of_any_kind_is_read(tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    given: list[object] = [None, [1], {"events": []}]
    for told in given:
        file.write_text(json.dumps(told))
        assert saved.read_document(file) == told
