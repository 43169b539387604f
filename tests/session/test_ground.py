from dataclasses import replace

import numpy as np
import pytest

from firs.calibration import default_calibration
from firs.errors import ImageError, InputError
from firs.query import Query, like, text
from firs.search import QUERY_STRATEGIES, EmbeddingMatrix, EmbeddingSearcher, InMemoryImages, search
from firs.session.context import build_search_context
from tests.fakes import FakeEncoder
from tests.search.spaces import COLOURS, coloured, id_of, square
from tests.session.grounds import paths_of

QUERIES = {
    "words": text("red"),
    "a picture": like(id_of("blue")),
    "both": text("red") + like(square("navy")),
    "against": text("red") + text("blue") - text("green") - like(square("navy")),
}


@pytest.mark.parametrize("name", list(QUERIES))
@pytest.mark.parametrize("way", ["early-fusion", "late-fusion"])
def test_all_images_in_the_order_of_a_search(name: str, way: str) -> None:
    space = coloured()
    made = build_search_context(QUERIES[name], space, paths_of, way)
    found = search(QUERIES[name], coloured(), 9, way)
    assert made.query_scores.shape == (9,)
    assert made.query_scores.dtype == np.float32
    assert np.all(np.diff(made.query_scores[space.matrix.positions(found.ids)]) < 1e-6)


def test_what_two_phases_do_not_reorder_keeps_its_place() -> None:
    query = text("red") + like(square("blue"))
    made = build_search_context(query, coloured(), paths_of, "rerank")
    found = search(query, coloured(), 9, "rerank")
    assert np.all(np.diff(made.query_scores[coloured().matrix.positions(found.ids)]) < 1e-6)


def test_the_query_keeps_its_vectors_and_is_not_encoded_twice() -> None:
    made = build_search_context(QUERIES["both"], coloured(), paths_of)
    red, navy = (term.what.known["fake"] for term in made.query.terms)
    np.testing.assert_array_equal(red, FakeEncoder().encode_texts(["red"])[0])
    np.testing.assert_array_equal(navy, FakeEncoder().encode_images([square("navy")])[0])
    assert str(made.query) == '"red" + a picture'


def test_a_prepared_query_needs_no_encoder() -> None:
    for query in QUERIES.values():
        first = build_search_context(query, coloured(), paths_of)
        space = without_encoder()
        if first.text_centre is not None:
            space = replace(space, known_text_mean=first.text_centre)
        second = build_search_context(first.query, space, paths_of)
        np.testing.assert_array_equal(first.query_scores, second.query_scores)
        np.testing.assert_array_equal(first.vector, second.vector)


def test_the_middle_of_texts_is_kept_where_words_stand_beside_something() -> None:
    kept = {
        name: build_search_context(query, coloured(), paths_of).text_centre is not None
        for name, query in QUERIES.items()
    }
    assert kept == {"words": False, "a picture": False, "both": True, "against": True}


def test_what_it_is_of() -> None:
    made = build_search_context(text("red"), coloured(), paths_of)
    assert (made.encoder, made.strategy, made.fingerprint, made.revision) == (
        "fake",
        "early-fusion",
        "",
        0,
    )
    assert len(made.images) == len(COLOURS)


@pytest.mark.parametrize("way", list(QUERY_STRATEGIES))
def test_a_single_term_is_answered_alike_in_every_way(way: str) -> None:
    one, usual = (
        build_search_context(text("red"), coloured(), paths_of, each)
        for each in (way, "early-fusion")
    )
    np.testing.assert_array_equal(one.query_scores, usual.query_scores)


@pytest.mark.parametrize(
    ("query", "way", "told"),
    [
        (-text("red"), "early-fusion", "only says what not to find"),
        (text("red"), "soon", "no query strategy called 'soon'"),
        (text("red") + text("blue"), "soon", "no query strategy called 'soon'"),
        (text("red") - text("blue"), "rerank", "no picture to rerank by"),
        (like(999), "early-fusion", "no image with the id 999"),
        (1e13 * text("red"), "early-fusion", "weight of 1e\\+13 is too large"),
    ],
)
def test_a_query_that_cannot_be_meant(query: Query, way: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        build_search_context(query, coloured(), paths_of, way)


def test_a_picture_that_cannot_be_read() -> None:
    with pytest.raises(ImageError, match="cannot be searched with"):
        build_search_context(like(b"no picture"), coloured(), paths_of)


def test_vectors_of_another_length() -> None:
    query = build_search_context(text("red"), coloured(), paths_of).query
    table = EmbeddingMatrix(np.arange(3), np.eye(3, dtype=np.float32))
    space = EmbeddingSearcher(
        "fake", FakeEncoder, coloured().index, InMemoryImages(table, lambda ids: [])
    )
    with pytest.raises(InputError, match="not of the 3 numbers here"):
        build_search_context(query, space, paths_of)


def without_encoder() -> EmbeddingSearcher:
    def refuse() -> FakeEncoder:
        raise AssertionError("nothing is to be encoded")

    given = coloured()
    return EmbeddingSearcher("fake", refuse, given.index, given.images)


@pytest.mark.parametrize(
    ("name", "calibrated"), [("words", True), ("a picture", False), ("both", False)]
)
def test_the_scores_of_one_text_are_calibrated(name: str, calibrated: bool) -> None:
    space = replace(coloured(), name="mini")
    made = build_search_context(QUERIES[name], space, paths_of)
    assert made.calibration == (default_calibration("mini") if calibrated else None)


def test_the_scores_of_an_unknown_encoder_are_not() -> None:
    assert build_search_context(QUERIES["words"], coloured(), paths_of).calibration is None
