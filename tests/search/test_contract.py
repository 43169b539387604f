"""What every way to answer a query promises."""

from pathlib import Path

import numpy as np
import pytest

from firs.errors import ImageError, InputError
from firs.query import like, text
from firs.search import QUERY_STRATEGIES, QueryStrategy, load_strategy, search
from tests.search.spaces import COLOURS, coloured, id_of, square

BOTH = text("red") + like(square("orange"))


@pytest.fixture(params=list(QUERY_STRATEGIES))
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_keeps_the_protocol(way: str) -> None:
    assert isinstance(load_strategy(way), QueryStrategy)


def test_words_and_a_picture_find_what_is_like_both(way: str) -> None:
    found = search(BOTH, coloured(), 3, way)
    assert {hit.path.stem for hit in found} <= {"red", "darkred", "orange", "yellow"}


def test_k_images_and_all_where_there_are_fewer(way: str) -> None:
    assert len(search(BOTH, coloured(), 4, way)) == 4
    everything = search(BOTH, coloured(), 400, way)
    assert sorted(everything.ids.tolist()) == [id_of(each) for each in COLOURS]
    assert np.all(np.diff(everything.scores) <= 0)


def test_fewer_are_the_first_of_more(way: str) -> None:
    space = coloured()
    assert search(BOTH, space, 3, way).ids.tolist() == search(BOTH, space, 9, way).ids.tolist()[:3]


def test_a_no_pushes_away(way: str) -> None:
    space = coloured()
    before = search(BOTH, space, 9, way).ids.tolist()
    query = BOTH - 8 * like(square("orange"))
    after = search(query, space, 9, way).ids.tolist()
    assert after.index(id_of("orange")) > before.index(id_of("orange"))


def test_the_heavier_the_picture_the_more_it_counts(way: str) -> None:
    space = coloured()
    places = [
        search(text("red") + weight * like(square("blue")), space, 9, way)
        .ids.tolist()
        .index(id_of("blue"))
        for weight in (0.05, 1, 40)
    ]
    assert places == sorted(places, reverse=True)
    assert places[0] > places[-1] == 0


def test_more_like_an_image_of_the_collection(way: str) -> None:
    space = coloured()
    by_id = search(text("red") + like(id_of("orange")), space, 9, way)
    np.testing.assert_array_equal(by_id.ids, search(BOTH, space, 9, way).ids)


def test_a_file_and_its_bytes_are_the_picture(way: str, tmp_path: Path) -> None:
    space, file = coloured(), tmp_path / "orange.png"
    square("orange").save(file)
    expected = search(BOTH, space, 9, way).ids.tolist()
    for example in (file, str(file), file.read_bytes()):
        found = search(text("red") + like(example), space, 9, way)
        assert found.ids.tolist() == expected


def test_each_result_says_why(way: str) -> None:
    found = search(text("red") + like(id_of("orange")), coloured(), 3, way)
    votes = found.votes(found[0].id)
    assert [vote.source for vote in votes] == ['fake: "red"', f"fake: #{id_of('orange')}"]
    assert all(vote.rank >= 1 and vote.weight > 0 for vote in votes)


def test_one_term_is_answered_by_its_own_vector(way: str) -> None:
    space = coloured()
    found = search(text("red"), space, 9, way)
    [vector] = space.encoder.encode_texts(["red"])
    assert found.ids.tolist() == space.search_vector(vector, 9, "").ids.tolist()
    assert found.source == 'fake: "red"'


def test_an_empty_collection(way: str) -> None:
    assert len(search(BOTH, coloured(()), 5, way)) == 0


def test_one_image(way: str) -> None:
    assert search(BOTH, coloured(("blue",)), 5, way).ids.tolist() == [id_of("blue")]


def test_only_what_not_to_find(way: str) -> None:
    with pytest.raises(InputError, match="only says what not to find"):
        search(-text("red") - like(10), coloured(), 5, way)


def test_a_picture_that_does_not_decode(way: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"broken\.jpg cannot be searched with: not an image"):
        search(text("red") + like(broken), coloured(), 5, way)
    with pytest.raises(ImageError, match="no such file"):
        search(text("red") + like(tmp_path / "none.jpg"), coloured(), 5, way)
    with pytest.raises(ImageError, match="a picture cannot be searched with"):
        search(text("red") + like(b"no picture"), coloured(), 5, way)


@pytest.mark.parametrize("id_", [0, 11, 1000, -1])
def test_an_unknown_id(way: str, id_: int) -> None:
    with pytest.raises(InputError, match=f"no image with the id {id_} "):
        search(text("red") + like(id_), coloured(), 5, way)


@pytest.mark.parametrize("k", [0, -3])
def test_k_below_one(way: str, k: int) -> None:
    with pytest.raises(InputError, match="k must be 1 or more"):
        search(BOTH, coloured(), k, way)


def test_no_such_way() -> None:
    with pytest.raises(
        InputError, match=r"no query strategy called 'soon'.*early-fusion, late-fusion, rerank"
    ):
        load_strategy("soon")
