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


def test_read_from_here_or_above(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made / "more")
    assert collection_to_read(None) == made / ".firs"
    monkeypatch.chdir(made.parent)
    with pytest.raises(CollectionNotFound):
        collection_to_read(None)


def test_a_given_path_is_the_collection_or_has_it(made: Path) -> None:
    assert collection_to_read(made) == made / ".firs"
    assert collection_to_read(made / ".firs") == made / ".firs"
    assert collection_to_read(made / "more") == made / "more"
    assert collection_to_read("milvus://here/photos") == "milvus://here/photos"


def test_images_go_where_their_folder_has_a_collection_or_will_have_one(
    made: Path, tmp_path: Path
) -> None:
    assert collection_to_fill(None, [made / "more"]) == made / ".firs"
    (tmp_path / "new").mkdir()
    assert collection_to_fill(None, [tmp_path / "new"]) == tmp_path / "new" / ".firs"
    assert collection_to_fill(tmp_path / "else", [made]) == tmp_path / "else"


def test_a_single_file_belongs_to_its_folder(made: Path) -> None:
    (made / "more" / "red.png").touch()
    assert collection_to_fill(None, [made / "more" / "red.png"]) == made / ".firs"


def test_folders_of_different_collections(made: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no collection in common"):
        collection_to_fill(None, [made, tmp_path])


def test_a_folder_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        collection_to_fill(None, [tmp_path / "nowhere"])
    assert not (tmp_path / "nowhere").exists()


def test_how_a_collection_is_named_from_elsewhere(
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
def test_a_url_has_no_place_for_its_collection(tmp_path: Path, source: str) -> None:
    with pytest.raises(InputError, match="Say where to keep the collection of a URL"):
        collection_to_fill(None, [Path(source)])
    assert collection_to_fill(tmp_path / "home", [Path(source)]) == tmp_path / "home"


def test_a_url_of_this_machine_is_a_folder_of_it(made: Path) -> None:
    assert collection_to_fill(None, [Path(made.as_uri())]) == made / ".firs"
    assert collection_to_fill(None, [Path(f"{made.as_uri()}/**/*.png")]) == made / ".firs"
