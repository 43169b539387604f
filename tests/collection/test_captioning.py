"""Captions find their images."""

from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import InputError
from tests.collection.conftest import Photo


def captions(collection: Collection) -> dict[str, list[str]]:
    """Path below the photos' folder → captions."""
    root = collection.path.parent
    return {
        str(image.path.relative_to(root)): list(image.captions)
        for image in collection
        if image.captions
    }


def tsv(*rows: tuple[str, str]) -> str:
    return "".join(f"{image}\t{caption}\n" for image, caption in [("image", "caption"), *rows])


def test_a_file_beside_the_images_is_read_by_itself(collection: Collection, rainbow: Path) -> None:
    (rainbow / "captions.tsv").write_text(
        tsv(("red.png", "a wall"), ("red.png", "all red"), ("gone.png", "nothing"))
    )
    report = collection.add(rainbow)
    assert (report.captions, report.captions_without_image) == (2, 1)
    assert captions(collection) == {"red.png": ["a wall", "all red"]}


def test_names_are_relative_to_their_file(
    collection: Collection, photos: Path, photo: Photo
) -> None:
    for name in ("a.png", "one/a.png", "two/a.png"):
        photo(name, "red")
    (photos / "one" / "captions.json").write_text('{"a.png": "one"}')
    (photos / "captions.csv").write_text("image,caption\na.png,here\ntwo/a.png,two\n")
    collection.add(photos)
    assert captions(collection) == {"a.png": ["here"], "one/a.png": ["one"], "two/a.png": ["two"]}


def test_a_bare_name_may_lie_in_a_folder_below_if_there_is_but_one(
    collection: Collection, photos: Path, photo: Photo
) -> None:
    for name in ("images/a.png", "images/b.png", "more/b.png"):
        photo(name, "red")
    (photos / "captions.tsv").write_text(tsv(("a.png", "one"), ("b.png", "which?")))
    assert collection.add(photos).captions_without_image == 1
    assert captions(collection) == {"images/a.png": ["one"]}


def test_a_file_from_elsewhere(collection: Collection, rainbow: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(tsv(("red.png", "a wall"), ("/nowhere/blue.png", "sea")))
    assert collection.add(rainbow, captions=tmp_path / "mine.tsv").captions == 2
    assert captions(collection) == {"blue.png": ["sea"], "red.png": ["a wall"]}


def test_a_corrected_file_replaces_what_it_said_before_and_nothing_else(
    collection: Collection, rainbow: Path
) -> None:
    file = rainbow / "captions.tsv"
    file.write_text(tsv(("red.png", "a wal"), ("red.png", "all red"), ("blue.png", "the sea")))
    collection.add(rainbow, captions={"red.png": ["given by hand"]})
    file.write_text(tsv(("red.png", "all red"), ("red.png", "a wall")))
    assert collection.add(rainbow).captions == 1
    assert captions(collection) == {
        "blue.png": ["the sea"],
        "red.png": ["all red", "given by hand", "a wall"],
    }
    assert collection.add(rainbow).captions == 0


def test_a_wrong_file_that_was_named_is_told_before_any_work(
    collection: Collection, rainbow: Path
) -> None:
    (rainbow / "mine.tsv").write_text("no header\n")
    with pytest.raises(InputError, match="line 1"):
        collection.add(rainbow, captions=rainbow / "mine.tsv")
    with pytest.raises(InputError, match="No such file"):
        collection.add(rainbow, captions=rainbow / "typo.tsv")
    assert len(collection) == 0


def test_a_wrong_file_that_was_only_found_is_a_problem(
    collection: Collection, rainbow: Path
) -> None:
    (rainbow / "captions.json").write_text("{")
    report = collection.add(rainbow)
    assert report.added == 8
    (problem,) = report.problems
    assert problem.path == rainbow / "captions.json"
    assert "line 1: not JSON" in problem.reason
    assert collection.problems() == [problem]
    (rainbow / "captions.json").write_text("{}")
    collection.add(rainbow)
    assert collection.problems() == []
