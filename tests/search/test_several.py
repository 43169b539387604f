import numpy as np
import pytest

from firs.errors import InputError
from firs.query import like, text
from firs.search import EmbeddingSearcher, search
from firs.search.strategies import search_with_all
from tests.fakes import FakeEncoder
from tests.search.spaces import COLOURS, coloured, id_of, square

WARM = ("red", "darkred", "orange", "yellow")
QUERY = text("red") + like(square("orange"))


def spaces(*colours: tuple[str, ...]) -> list[EmbeddingSearcher]:
    return [coloured(some, FakeEncoder(f"fake{at}")) for at, some in enumerate(colours)]


def test_one_is_answered_as_it_is() -> None:
    [space] = spaces(COLOURS)
    found = search_with_all(QUERY, [space], 4)
    assert found.ids.tolist() == search(QUERY, space, 4).ids.tolist()
    assert found.source == search(QUERY, space, 4).source


@pytest.mark.parametrize("way", ["early-fusion", "late-fusion", "rerank"])
def test_each_encoder_is_a_part(way: str) -> None:
    found = search_with_all(QUERY, spaces(COLOURS, COLOURS), 5, way)
    assert len(found) == 5
    votes = found.votes(found[0].id)
    assert [vote.source.partition(":")[0].split()[-1] for vote in votes] == ["fake0", "fake1"]
    assert [vote.weight for vote in votes] == [1, 1]
    assert [len(vote.votes) for vote in votes] == [2, 2]


def test_encoders_that_agree_change_no_order() -> None:
    alone = search(text("red"), coloured(), 5).ids.tolist()
    assert search_with_all(text("red"), spaces(COLOURS, COLOURS), 5).ids.tolist() == alone


def test_what_only_one_has_is_found_too() -> None:
    found = search_with_all(text("blue"), spaces(COLOURS, WARM), 9)
    assert sorted(found.ids.tolist()) == [id_of(each) for each in COLOURS]
    assert len(found.votes(id_of("blue"))) == 1


def test_the_fusion_that_is_named() -> None:
    both = spaces(COLOURS, COLOURS)
    found = search_with_all(text("red"), both, 3, fusion="rrf")
    assert found.source == 'rrf of fake0: "red", fake1: "red"'
    np.testing.assert_allclose(found.scores, [2 / 61, 2 / 62, 2 / 63], rtol=1e-5)
    with pytest.raises(InputError, match="no fusion called 'vote'"):
        search_with_all(text("red"), both, 3, fusion="vote")


def test_how_much_each_counts() -> None:
    both = spaces(COLOURS, WARM)
    found = search_with_all(text("red"), both, 9, weights=[1, 0.25])
    assert [vote.weight for vote in found.votes(id_of("red"))] == [1, 0.25]
    for wrong in ([1.0], [1.0, 2.0, 3.0]):
        with pytest.raises(InputError, match=f"2 encoders need a weight each, not {len(wrong)}"):
            search_with_all(text("red"), both, 9, weights=wrong)
    with pytest.raises(InputError, match="not all 0"):
        search_with_all(text("red"), both, 9, weights=[0, 0])


def test_k_below_one() -> None:
    with pytest.raises(InputError, match="1 or more, not 0"):
        search_with_all(text("red"), spaces(COLOURS, COLOURS), 0)
