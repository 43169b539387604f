from pathlib import Path

import pytest

from firs.cli.places import collection_to_fill, collection_to_read
from firs.collection import Collection
from firs.collection.places import made_for_something
from firs.errors import CollectionNotFound, EncoderError, InputError, StorageError
from tests.fakes import FakeEncoder
from tests.pictures.making import plain


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


def test_a_collection_made_for_nothing_is_taken_away_again(made: Path, tmp_path: Path) -> None:
    for home in (tmp_path / "new" / ".firs", made / ".firs"):
        with pytest.raises(EncoderError), made_for_something(home), Collection(home):
            raise EncoderError("There is no such model.")
    assert not (tmp_path / "new" / ".firs").exists()
    assert (made / ".firs" / "firs.db").exists()


def test_what_came_into_a_new_collection_stays_when_it_fails_later(tmp_path: Path) -> None:
    home = tmp_path / ".firs"
    plain().save(tmp_path / "red.png")
    with pytest.raises(StorageError):
        _fill_and_fail(home)
    with Collection(home, FakeEncoder(), create=False) as kept:
        assert len(kept) == 1


def _fill_and_fail(home: Path) -> None:
    with made_for_something(home), Collection(home, FakeEncoder()) as filled:
        filled.add(home.parent)
        raise StorageError("The disk is full.")
