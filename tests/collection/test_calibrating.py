from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from firs.calibration import Calibration
from firs.calibration.hubness import biases
from firs.collection import Collection
from firs.errors import CollectionNotFound, InputError
from firs.filters import Filter
from firs.query import like, text
from firs.session import Session
from firs.storage.database import Database
from tests.collection.conftest import COLOURS, Photo, names
from tests.fakes import FakeEncoder

WORDS = ("picture", "square", "photo", "wall", "cloth")


def captions(colours: list[str], each: int = 20) -> Mapping[str, list[str]]:
    return {
        f"{colour}.png": [f"{colour} {WORDS[n % 5]} {n}" for n in range(each)] for colour in colours
    }


@pytest.fixture
def told(collection: Collection, rainbow: Path) -> Collection:
    """Eight pictures with 20 captions each."""
    collection.add(rainbow, captions=captions(COLOURS))
    return collection


def test_what_is_measured_is_kept_and_told(told: Collection) -> None:
    assert told.calibration.get() is None
    made = told.calibration.fit()
    assert (made.bank, made.texts.shape, made.meaning) == ("captions", (160, 64), None)
    assert set(made.owners.tolist()) == set(names(told).values())
    with Collection(told.path, FakeEncoder()) as again:
        kept = again.calibration.get()
        assert kept is not None
        assert (kept.mark, kept.made_at) == (made.mark, made.made_at)
        np.testing.assert_array_equal(kept.biases, made.biases)


def test_it_is_taken_off_the_scores_of_texts_and_can_be_left_on(told: Collection) -> None:
    before = told.search("red cloth", k=8)
    made = told.calibration.fit()
    after = told.search("red cloth", k=8)
    ids = sorted(before.ids.tolist())
    off = dict(zip(ids, made.biases.tolist(), strict=True))
    scores = dict(zip(before.ids.tolist(), before.scores.tolist(), strict=True))
    assert after.scores.tolist() == sorted(after.scores.tolist(), reverse=True)
    for id_, score in zip(after.ids.tolist(), after.scores.tolist(), strict=True):
        expected = scores[id_] - off[id_] + float(made.biases.mean())
        assert score == pytest.approx(expected, abs=1e-3)
    same = told.search("red cloth", k=8, use_calibration=False)
    assert same.ids.tolist() == before.ids.tolist()


def test_pictures_and_what_joins_them_are_found_as_before(told: Collection) -> None:
    queries = [like(names(told)["red.png"]), text("red") + text("blue")]
    before = [told.search(query, k=8) for query in queries]
    told.calibration.fit()
    for query, ranking in zip(queries, before, strict=True):
        np.testing.assert_array_equal(told.search(query, k=8).scores, ranking.scores)


def test_a_filter_and_a_session_find_the_same(told: Collection) -> None:
    told.calibration.fit()
    [first, second, *_] = told.search("red cloth", k=8).ids.tolist()
    told.tag([second], "second")
    assert told.search("red cloth", where=Filter(tags="second")).ids.tolist() == [second]
    session = Session.start(told, "red cloth")
    assert [each.hit.id for each in session.round.results(0, 2)] == [first, second]
    plain = Session.start(told, "red cloth", use_calibration=False)
    found = told.search("red cloth", k=8, use_calibration=False).ids.tolist()
    assert [each.hit.id for each in plain.round.results(0, 8)] == found


def test_a_session_says_when_the_collection_was_calibrated_anew(told: Collection) -> None:
    told.calibration.fit()
    session = Session.start(told, "red cloth")
    again = Session.open(told, session.id)
    assert again.warnings == ()
    np.testing.assert_array_equal(again.round.scores, session.round.scores)
    told.calibration.forget()
    [remark] = Session.open(told, session.id).warnings
    assert "calibrated again" in remark


def test_a_session_of_a_picture_has_nothing_to_say_of_that(told: Collection) -> None:
    told.calibration.fit()
    session = Session.start(told, like(names(told)["red.png"]) + text("cloth"))
    told.calibration.forget()
    assert Session.open(told, session.id).warnings == ()


def test_a_session_from_before_stays_as_it_was(told: Collection) -> None:
    session = Session.start(told, "red cloth")
    told.calibration.fit()
    again = Session.open(told, session.id)
    np.testing.assert_array_equal(again.round.scores, session.round.scores)
    assert again.warnings == ()


def test_images_that_came_and_went_are_measured_anew(told: Collection, photo: Photo) -> None:
    made = told.calibration.fit()
    told.remove([names(told)["red.png"]])
    told.add(photo("new.png", "navy").parent)
    with told.open_searcher() as space:
        assert space.hubness is not None
        owners = [
            space.matrix.filter_known([id_]) and space.matrix.ids.tolist().index(id_)
            for id_ in made.owners
        ]
        places = np.array([-1 if place == [] else place for place in owners])
        expected = biases(space.matrix.vectors, made.texts.astype(np.float32), places)
        np.testing.assert_allclose(space.hubness.biases, expected, atol=1e-6)
    assert len(told.search("navy", k=20)) == len(told)
    kept = told.calibration.get()
    assert kept is not None
    assert (kept.mark, len(kept.biases)) == (made.mark, len(told))


def test_forgotten_it_is_as_if_it_had_never_been(told: Collection) -> None:
    before = told.search("red cloth", k=8).scores
    told.calibration.fit()
    assert told.calibration.forget()
    assert not told.calibration.forget()
    np.testing.assert_array_equal(told.search("red cloth", k=8).scores, before)


def test_with_many_captions_what_scores_mean_is_fitted(
    collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow, captions=captions(COLOURS, 60))
    made = collection.calibration.fit()
    assert made.meaning is not None
    assert made.meaning.logit_scale > 1
    assert len(made.texts) == 360
    session = Session.start(collection, "red cloth")
    assert session.round.results()[0].probability is not None


def test_texts_that_were_compared_in_another_way_tell_nothing(told: Collection) -> None:
    told.calibration.fit()
    before = {"texts": [0.5, 0.1], "best": [0.3, 0.1], "limit": -1.0}
    documents = told.store.documents
    body = documents.get("calibration", ["fake"])["fake"]
    old = {**body, "meaning": {"sharpness": 20.0, "familiarity": before}}
    documents.put("calibration", {"fake": old})
    kept = told.calibration.get()
    assert kept is not None
    assert kept.meaning == Calibration(20.0)


def test_queries_of_sessions_are_a_bank_when_there_are_enough(told: Collection) -> None:
    for number in range(99):
        Session.start(told, text(f"red {number}") - text("green"))
    Session.start(told, "red 1")
    with pytest.raises(InputError, match=r"100 texts or more, and here are 99.*--captions FILE"):
        told.calibration.fit("queries")
    Session.start(told, "blue")
    Session.start(told, like(names(told)["red.png"]))
    assert len(told.calibration.fit("queries").texts) == 100


def test_everyday_texts_are_always_there(told: Collection) -> None:
    steps: list[tuple[int, int]] = []
    made = told.calibration.fit("everyday", progress=lambda *step: steps.append(step))
    assert set(made.owners.tolist()) == {0}
    assert steps[-1] == (len(made.texts), len(made.texts))


def test_captions_that_say_nothing_of_their_images(collection: Collection, rainbow: Path) -> None:
    foreign = {f"{colour}.png": [f"mot{n}" for n in range(20)] for colour in COLOURS}
    collection.add(rainbow, captions=foreign)
    with pytest.raises(InputError, match=r"another language\? Use an encoder that reads it"):
        collection.calibration.fit()
    assert collection.calibration.get() is None


def test_captions_of_images_without_vectors_are_a_bank_too(told: Collection) -> None:
    red = names(told)["red.png"]
    with Database(told.path, create=False).writing() as connection:
        connection.execute("DELETE FROM vector WHERE image_id = ?", (red,))
    made = told.calibration.fit()
    assert len(made.biases) == 7
    assert red in made.owners


def test_what_cannot_be_done(collection: Collection, rainbow: Path) -> None:
    with pytest.raises(CollectionNotFound):
        collection.calibration.fit()
    collection.add(rainbow)
    with pytest.raises(InputError, match="banks are captions, queries, everyday"):
        collection.calibration.fit("mine")
    with pytest.raises(InputError, match="100 texts or more, and here are 0"):
        collection.calibration.fit()
