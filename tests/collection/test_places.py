from pathlib import Path

import pytest

from firs.collection import Collection
from firs.collection.places import home_of, remove_if_unused
from firs.errors import EncoderError, StorageError
from firs.storage.paths import inside
from tests.fakes import FakeEncoder
from tests.imaging.making import plain


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder that has a collection, and a folder in it."""
    (tmp_path / "photos" / "more").mkdir(parents=True)
    Collection(tmp_path / "photos" / ".firs").close()
    return tmp_path / "photos"


def test_the_collection_of_a_folder(made: Path, tmp_path: Path) -> None:
    assert home_of(made / "more") == made / ".firs"
    assert home_of(tmp_path) == tmp_path / ".firs"


def test_the_collection_or_the_folder_that_has_it(made: Path) -> None:
    assert inside(made) == inside(made / ".firs") == made / ".firs"
    assert inside(made / "more") == made / "more"


def test_a_collection_made_for_nothing_is_taken_away_again(made: Path, tmp_path: Path) -> None:
    for home in (tmp_path / "new" / ".firs", made / ".firs"):
        with pytest.raises(EncoderError), remove_if_unused(home), Collection(home):
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
    with remove_if_unused(home), Collection(home, FakeEncoder()) as filled:
        filled.add(home.parent)
        raise StorageError("The disk is full.")
