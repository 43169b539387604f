from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import CollectionNotFound, InputError
from firs.expansion.moves import STEP
from firs.query import like, text
from firs.session import Session
from tests.collection.conftest import COLOURS, Photo, names
from tests.fakes import FakeEncoder, other

TRIP = {"blue.png": ["blue holiday trip", "blue summer"], "red.png": ["red party"]}
ASKED = "green holiday trip"


@pytest.fixture
def told(collection: Collection, rainbow: Path) -> Collection:
    """Eight pictures, two of them with captions."""
    collection.add(rainbow, captions=TRIP)
    return collection


def found(collection: Collection, words: str, *, expanded: bool = True) -> list[int]:
    ids: list[int] = collection.search(words, k=8, use_expansion=expanded).ids.tolist()
    return ids


def rank(collection: Collection, words: str, name: str, *, expanded: bool = True) -> int:
    return 1 + found(collection, words, expanded=expanded).index(names(collection)[name])


def accept(collection: Collection, words: str, name: str) -> Session:
    session = Session.start(collection, words)
    session.mark(relevant=[names(collection)[name]])
    return session


def test_an_image_is_found_by_its_captions(told: Collection) -> None:
    before = rank(told, ASKED, "blue.png")
    made = told.expansion.add()
    assert (made.kind, made.images, made.texts) == ("captions", 2, 3)
    assert rank(told, ASKED, "blue.png") < before
    assert rank(told, ASKED, "blue.png", expanded=False) == before
    assert sorted(found(told, ASKED)) == sorted(names(told).values())


def test_images_without_captions_score_what_they_did(told: Collection) -> None:
    before = told.search("holiday", k=8)
    told.expansion.add()
    after = told.search("holiday", k=8)
    known = {names(told)[name] for name in TRIP}
    scores = dict(zip(before.ids.tolist(), before.scores.tolist(), strict=True))
    for hit in after:
        if hit.id not in known:
            assert hit.score == pytest.approx(scores[hit.id], abs=1e-3)


def test_pictures_are_found_as_before(told: Collection) -> None:
    before = told.search(like(names(told)["red.png"]), k=8)
    told.expansion.add()
    after = told.search(like(names(told)["red.png"]), k=8)
    np.testing.assert_array_equal(before.scores, after.scores)


def test_it_is_kept_listed_explained_and_undone(told: Collection) -> None:
    before = told.search(ASKED, k=8)
    made = told.expansion.add()
    blue = names(told)["blue.png"]
    with Collection(told.path, FakeEncoder()) as again:
        assert again.expansion.records() == [made]
        assert [each.text for each in again.expansion.of_image(blue)] == TRIP["blue.png"]
        assert again.search(ASKED, k=8).ids.tolist() != before.ids.tolist()
        assert again.expansion.undo() == made
        assert again.expansion.records() == []
        assert again.expansion.of_image(blue) == []
    np.testing.assert_array_equal(told.search(ASKED, k=8).scores, before.scores)


def test_twice_adds_nothing(told: Collection) -> None:
    told.expansion.add()
    with pytest.raises(InputError, match="nothing to add"):
        told.expansion.add()
    assert len(told.expansion.records()) == 1


def test_what_came_since_joins_and_one_of_several_is_undone(
    told: Collection, rainbow: Path
) -> None:
    first = told.expansion.add()
    told.add(rainbow, captions=TRIP | {"cyan.png": ["cyan boat"]})
    second = told.expansion.add()
    assert (second.images, second.texts) == (1, 1)
    told.expansion.undo(first.id)
    assert told.expansion.records() == [second]
    asked = "green cyan boat"
    assert [each.text for each in told.expansion.of_image(names(told)["cyan.png"])] == ["cyan boat"]
    assert rank(told, asked, "cyan.png") <= rank(told, asked, "cyan.png", expanded=False)


@pytest.mark.parametrize(
    ("captions", "texts"),
    [
        ([f"blue {n}" for n in range(3000)], 2),
        (["blue sky", "Blue  SKY.", "blue sky"], 1),
        (["blue sky", "yellow"], 1),
        (["blue sky", "blue sea", "blue hat"], 2),
    ],
)
def test_limits(collection: Collection, rainbow: Path, captions: list[str], texts: int) -> None:
    collection.add(rainbow, captions={"blue.png": captions})
    assert collection.expansion.add(max_per_image=2).texts == texts


def test_captions_of_one_source(told: Collection, tmp_path: Path, rainbow: Path) -> None:
    file = tmp_path / "mine.tsv"
    file.write_text("image\tcaption\nwhite.png\twhite winter\n")
    told.add(rainbow, captions=file)
    made = told.expansion.add(source="mine.tsv")
    assert (made.images, made.settings["source"]) == (1, "mine.tsv")


def test_captions_of_images_that_are_not_there(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow, captions=TRIP | {"lost.png": ["a lost picture"]})
    assert collection.expansion.add().texts == 3


@pytest.mark.parametrize("captions", [{}, {"blue.png": ["yellow", "red"]}])
def test_nothing_to_add_changes_nothing(
    collection: Collection, rainbow: Path, captions: Mapping[str, list[str]]
) -> None:
    collection.add(rainbow, captions=captions)
    with pytest.raises(InputError, match=r"no captions|nothing to add"):
        collection.expansion.add()
    assert collection.expansion.records() == []


def test_undone_after_images_were_removed(told: Collection) -> None:
    made = told.expansion.add()
    told.remove([names(told)["blue.png"]])
    assert [each.texts for each in told.expansion.records()] == [1]
    assert len(found(told, "holiday trip")) == 7
    told.remove([names(told)["red.png"]])
    assert len(found(told, "holiday trip")) == 6
    assert told.expansion.undo().id == made.id
    assert len(found(told, "holiday trip")) == 6


def test_a_file_with_new_content_loses_what_stood_for_the_old(
    told: Collection, photo: Photo, photos: Path
) -> None:
    told.expansion.add()
    photo("blue.png", "yellow")
    told.add(photos)
    assert told.expansion.of_image(names(told)["blue.png"]) == []


def test_accepted_queries_stand_for_an_image_and_can_be_hot(told: Collection) -> None:
    told.log.on()
    accept(told, "blue ocean", "blue.png")
    accept(told, "blue waves", "blue.png")
    accept(told, "red roses", "red.png")
    assert told.expansion.add("captions", min_accepted=2).images == 1
    made = told.expansion.add("queries", min_accepted=2)
    assert (made.images, made.texts) == (1, 2)
    assert found(told, "waves")[0] == names(told)["blue.png"]


def test_an_accepted_image_moves_towards_the_query_and_back(told: Collection) -> None:
    green = names(told)["green.png"]
    told.log.on()
    accept(told, "green lawn tennis", "green.png")
    before = told.search("green lawn tennis", k=8)
    stored = told.vectors()[1].copy()
    made = told.expansion.add("moves")
    assert (made.kind, made.images, made.texts) == ("moves", 1, 1)
    after = told.search("green lawn tennis", k=8)
    rose = [dict(zip(r.ids.tolist(), r.scores.tolist(), strict=True)) for r in (before, after)]
    assert rose[1][green] > rose[0][green]
    [why] = told.expansion.of_image(green)
    assert why.text == "green lawn tennis"
    assert why.degrees == pytest.approx(STEP, abs=0.01)
    np.testing.assert_array_equal(told.vectors()[1], stored)
    with pytest.raises(InputError, match="No image was accepted"):
        told.expansion.add("moves")
    told.expansion.undo(made.id)
    np.testing.assert_array_equal(told.search("green lawn tennis", k=8).scores, before.scores)


def test_a_result_says_what_it_was_also_found_by(told: Collection) -> None:
    told.expansion.add()
    through = {
        r.hit.path.name: r.matched_via for r in Session.start(told, ASKED).round.results(0, 8)
    }
    assert [each.texts for each in through["blue.png"]] == [("blue holiday trip",)]
    assert through["green.png"] == ()
    plain = Session.start(told, ASKED, use_expansion=False).round.results(0, 8)
    assert all(each.matched_via == () for each in plain)


def test_a_session_finds_what_a_search_finds(told: Collection) -> None:
    told.expansion.add()
    results = Session.start(told, "holiday trip").round.results(0, 8)
    assert [each.hit.id for each in results] == found(told, "holiday trip")


def test_a_session_says_when_the_collection_was_expanded_otherwise(told: Collection) -> None:
    old = Session.start(told, "holiday")
    told.expansion.add()
    session = Session.start(told, "holiday")
    assert Session.open(told, old.id).warnings == ()
    again = Session.open(told, session.id)
    assert again.warnings == ()
    np.testing.assert_array_equal(again.round.scores, session.round.scores)
    told.expansion.undo()
    [remark] = Session.open(told, session.id).warnings
    assert "expanded differently" in remark


def test_each_encoder_has_its_own(told: Collection, rainbow: Path) -> None:
    told.expansion.add()
    with Collection(told.path, other()) as opened:
        opened.add(rainbow)
        assert opened.expansion.add().encoder == "other"
        assert [each.encoder for each in opened.expansion.records()] == ["other", "fake"]
        opened.forget_vectors("other")
        assert [each.encoder for each in opened.expansion.records()] == ["fake"]


def test_what_cannot_be_done(told: Collection, tmp_path: Path) -> None:
    bad: list[dict[str, Any]] = [
        {"max_per_image": 0},
        {"min_accepted": -1},
        {"duplicate_cosine": 0.0},
    ]
    for options in bad:
        with pytest.raises(InputError, match="max_per_image is 1 or more"):
            told.expansion.add(**options)
    with pytest.raises(InputError, match="not by 'dreams'"):
        told.expansion.add("dreams")
    with pytest.raises(InputError, match="Turn the log on"):
        told.expansion.add("queries")
    with pytest.raises(InputError, match="not expanded"):
        told.expansion.undo()
    told.expansion.add()
    with pytest.raises(InputError, match="no expansion 99 to undo; there are: 1"):
        told.expansion.undo(99)
    with Collection(tmp_path / "new", FakeEncoder()) as empty, pytest.raises(CollectionNotFound):
        empty.expansion.add()


def test_with_hubness_taken_off_too(told: Collection, rainbow: Path) -> None:
    many = {f"{colour}.png": [f"{colour} {n}" for n in range(20)] for colour in COLOURS}
    told.add(rainbow, captions=many)
    told.calibration.fit()
    told.expansion.add()
    session = Session.start(told, text("blue holiday"))
    assert session.round.results()[0].hit.path.name == "blue.png"
