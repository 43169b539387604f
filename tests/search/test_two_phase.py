import numpy as np
import pytest

from firs.errors import InputError
from firs.fusion import list_variants
from firs.query import like, text
from firs.search import search
from firs.search.base import Balance
from firs.search.strategies import Rerank
from tests.search.spaces import coloured, id_of

ONLY_PICTURE = Balance(example=1000.0)


def words_alone(words: str) -> list[int]:
    return [hit.id for hit in search(text(words), coloured(), 9)]


def test_the_picture_reranks_the_first_and_no_others() -> None:
    query = text("red") + like(id_of("blue"))
    found = Rerank(depth=3, balance=ONLY_PICTURE).search(query, coloured(), 9).ids.tolist()
    old, blue = words_alone("red"), search(like(id_of("blue")), coloured(), 9).ids.tolist()
    assert found[:3] == sorted(old[:3], key=blue.index)
    assert found[3:] == old[3:]


@pytest.mark.parametrize("fusion", list_variants())
def test_nothing_is_lost_and_the_rest_follows_in_its_old_order(fusion: str) -> None:
    query = text("red") + like(id_of("blue")) - like(id_of("orange"))
    found = Rerank(depth=4, fusion=fusion).search(query, coloured(), 9)
    old = words_alone("red")
    assert sorted(found.ids[:4].tolist()) == sorted(old[:4])
    assert found.ids[4:].tolist() == old[4:]
    assert np.all(np.diff(found.scores) <= 0)


def test_more_are_asked_for_than_reranked() -> None:
    query = text("red") + like(id_of("blue"))
    assert len(Rerank(depth=2).search(query, coloured(), 6)) == 6


def test_fewer_are_asked_for_than_reranked() -> None:
    query = text("red") + 9 * like(id_of("blue"))
    [first] = Rerank(depth=9).search(query, coloured(), 1)
    assert first.path.stem == "blue"


def test_every_result_says_where_the_words_had_it() -> None:
    found = Rerank(depth=2).search(text("red") + like(id_of("blue")), coloured(), 5)
    old = words_alone("red")
    for hit in found:
        assert found.votes(hit.id)[0].rank == old.index(hit.id) + 1
    assert [len(found.votes(hit.id)) for hit in found] == [2, 2, 1, 1, 1]


def test_words_for_and_against_find_together() -> None:
    query = text("red") - text("darkred") + like(id_of("red"))
    assert Rerank().search(query, coloured(), 1)[0].path.stem == "red"


def test_nothing_to_rerank_by() -> None:
    with pytest.raises(InputError, match="no picture to rerank by"):
        Rerank().search(text("red") + text("blue"), coloured(), 5)


def test_nothing_to_find_with() -> None:
    with pytest.raises(InputError, match="describe the picture in words, too"):
        Rerank().search(like(10) - text("red"), coloured(), 5)


def test_a_number_that_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="rerank 1 image or more, not 0"):
        Rerank(depth=0)
