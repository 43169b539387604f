from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import InputError
from tests.collection.conftest import names


@pytest.fixture
def filled(collection: Collection, rainbow: Path) -> Collection:
    collection.add(rainbow)
    return collection


def test_given_told_and_taken(filled: Collection) -> None:
    ids = names(filled)
    red, blue = ids["red.png"], ids["blue.png"]
    assert filled.tag([red, blue], "warm", " seen ") == 4
    assert filled.tag([red], "warm", "liked") == 1
    assert filled.image(red).tags == ("liked", "seen", "warm")
    assert filled.tags() == {"liked": 1, "seen": 2, "warm": 2}
    assert filled.untag([blue, red], "warm", "liked") == 3
    assert [image.tags for image in filled if image.tags] == [("seen",), ("seen",)]


def test_they_stay_when_the_file_moves_or_changes_and_go_with_the_image(
    filled: Collection, rainbow: Path
) -> None:
    red = names(filled)["red.png"]
    filled.tag([red], "warm")
    (rainbow / "red.png").rename(rainbow / "moved.png")
    filled.add(rainbow)
    (rainbow / "moved.png").write_bytes((rainbow / "blue.png").read_bytes())
    filled.add(rainbow)
    assert filled.image(red).tags == ("warm",)
    filled.remove([red])
    assert filled.tags() == {}


@pytest.mark.parametrize("tags", [(), ("",), ("  ",), ("two\nlines",), ("x" * 201,), ("ok", "")])
def test_what_is_no_tag(filled: Collection, tags: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"[Aa] tag"):
        filled.tag([1], *tags)
    assert filled.tags() == {}


def test_an_unknown_id_changes_nothing(filled: Collection) -> None:
    with pytest.raises(InputError, match="no image with the id 999"):
        filled.tag([1, 999], "warm")
    assert filled.tags() == {}


def test_ids_by_path(filled: Collection, rainbow: Path) -> None:
    ids = names(filled)
    found = filled.ids([rainbow / "red.png", str(rainbow / "blue.png")])
    assert found == [ids["red.png"], ids["blue.png"]]
    with pytest.raises(InputError, match=r"pink\.png is not in the collection"):
        filled.ids([rainbow / "red.png", rainbow / "pink.png"])
