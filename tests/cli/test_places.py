from pathlib import Path

import pytest

from firs.cli.options import collection_to_fill, collection_to_read, option_for
from firs.collection import Collection
from firs.errors import CollectionNotFound, InputError


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder that has a collection, and a folder in it."""
    (tmp_path / "photos" / "more").mkdir(parents=True)
    Collection(tmp_path / "photos" / ".firs").close()
    return tmp_path / "photos"


def test_collection_of_the_current_folder_or_a_parent(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made / "more")
    assert collection_to_read(None) == made / ".firs"
    monkeypatch.chdir(made.parent)
    with pytest.raises(CollectionNotFound):
        collection_to_read(None)


def test_given_collection_or_its_folder(made: Path) -> None:
    assert collection_to_read(made) == made / ".firs"
    assert collection_to_read(made / ".firs") == made / ".firs"
    assert collection_to_read(made / "more") == made / "more"
    assert collection_to_read("milvus://here/photos") == "milvus://here/photos"


def test_collection_to_fill(made: Path, tmp_path: Path) -> None:
    assert collection_to_fill(None, [made / "more"]) == made / ".firs"
    (tmp_path / "new").mkdir()
    assert collection_to_fill(None, [tmp_path / "new"]) == tmp_path / "new" / ".firs"
    assert collection_to_fill(tmp_path / "else", [made]) == tmp_path / "else"


def test_collection_of_a_single_file(made: Path) -> None:
    (made / "more" / "red.png").touch()
    assert collection_to_fill(None, [made / "more" / "red.png"]) == made / ".firs"


def test_folders_of_different_collections(made: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no collection in common"):
        collection_to_fill(None, [made, tmp_path])


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        collection_to_fill(None, [tmp_path / "nowhere"])
    assert not (tmp_path / "nowhere").exists()


def test_option_for_a_collection(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(made / "more")
    assert option_for(made / ".firs") == ""
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert option_for(made / ".firs") == f" --collection {made / '.firs'}"
    assert option_for("milvus://here/photos") == " --collection milvus://here/photos"
    assert option_for(elsewhere) == f" --collection '{elsewhere}'"


@pytest.mark.parametrize("source", ["s3:/bucket/photos", "https:/example.org/1.jpg"])
def test_url_requires_a_location(tmp_path: Path, source: str) -> None:
    with pytest.raises(InputError, match="Name a location for the collection of a URL"):
        collection_to_fill(None, [Path(source)])
    assert collection_to_fill(tmp_path / "home", [Path(source)]) == tmp_path / "home"


def test_file_url_is_a_folder(made: Path) -> None:
    assert collection_to_fill(None, [Path(made.as_uri())]) == made / ".firs"
    assert collection_to_fill(None, [Path(f"{made.as_uri()}/**/*.png")]) == made / ".firs"
