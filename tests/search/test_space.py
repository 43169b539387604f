from dataclasses import replace

import numpy as np
import pytest

from firs.calibration.hubness import Hubness
from firs.errors import InputError
from firs.query import Query, Term, TextTerm, like, text
from firs.search import EmbeddingSearcher, search
from tests.fakes import FakeEncoder
from tests.search.spaces import FixedHubness, coloured, id_of


def test_the_nearest() -> None:
    space = coloured()
    found = space.search_vector(space.images.vector(id_of("green")), 2, "test")
    assert [hit.path.stem for hit in found] == ["green", "darkgreen"]
    assert (space.name, found.source) == ("fake", "test")


def test_some_images_by_nearness_to_a_vector() -> None:
    space = coloured()
    green, blue = space.images.vector(id_of("green")), space.images.vector(id_of("blue"))
    some = space.search_vector(green, 5, "green")
    ranked = space.rerank(some, blue, "blue")
    nearest = [hit.id for hit in space.search_vector(blue, 9, "blue") if hit.id in some.ids]
    assert ranked.ids.tolist() == nearest


def test_the_encoder_is_opened_when_it_is_needed_and_once() -> None:
    opened = []

    def open_encoder() -> FakeEncoder:
        opened.append(1)
        return FakeEncoder()

    given = coloured()
    space = EmbeddingSearcher("fake", open_encoder, given.index, given.images)
    assert search(like(id_of("red")), space, 3).ids[0] == id_of("red")
    assert not opened
    search(text("red") + like(id_of("red")), space, 3)
    assert opened == [1]


def test_pictures_alone_need_no_encoder() -> None:
    given = coloured()
    space = EmbeddingSearcher("fake", _no_encoder, given.index, given.images)
    found = search(like(id_of("red")) + like(id_of("orange")), space, 3)
    assert {"red", "orange"} <= {hit.path.stem for hit in found}


def test_a_middle_of_texts_that_is_known_needs_no_encoder() -> None:
    given = coloured()
    [red] = given.encoder.encode_texts(["red"])
    words = Query((Term(TextTerm("red", {"fake": red})),))
    space = EmbeddingSearcher(
        "fake", _no_encoder, given.index, given.images, known_text_mean=given.text_mean
    )
    query = words + like(id_of("blue"))
    assert search(query, space, 9).ids.tolist() == search(query, given, 9).ids.tolist()


def _no_encoder() -> FakeEncoder:
    raise AssertionError("nothing is to be encoded")


def test_what_is_taken_off_for_texts_is_not_for_pictures() -> None:
    space = coloured()
    off = np.zeros(9, np.float32)
    off[space.matrix.ids == id_of("red")] = 5
    space = replace(space, calibration_source=FixedHubness(Hubness(off)))
    red = FakeEncoder().encode_texts(["red"])[0]
    assert space.search_vector(red, 9, "").ids[0] == id_of("red")
    ranking = space.search_text(red, 9, "")
    assert ranking.ids[-1] == id_of("red")
    assert ranking.scores.tolist() == sorted(ranking.scores.tolist(), reverse=True)
    assert len(space.search_text(red, 2, "")) == 2
    with pytest.raises(InputError, match="k must be 1 or more"):
        space.search_text(red, 0, "")


def test_of_those_that_may_be_found() -> None:
    space = replace(
        coloured(),
        calibration_source=FixedHubness(Hubness(np.zeros(9, np.float32))),
        subset=np.array([id_of("blue"), id_of("white"), 999]),
    )
    red = FakeEncoder().encode_texts(["red"])[0]
    assert set(space.search_text(red, 9, "").ids.tolist()) == {id_of("blue"), id_of("white")}
