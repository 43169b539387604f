import pytest

from firs.errors import InputError
from firs.fusion import fuse
from firs.query import like, text
from firs.search.base import Balance
from firs.search.strategies import LateFusion
from tests.search.spaces import coloured, id_of

QUERY = text("red") + like(id_of("blue")) - text("navy")


def test_the_rankings_of_the_terms_fused() -> None:
    space = coloured()
    vectors = [*space.encoder.encode_texts(["red", "navy"]), space.images.vector(id_of("blue"))]
    red, navy, blue = (space.search_vector(each, 9, "") for each in vectors)
    found = LateFusion("rrf", balance=Balance(example=0.5, against=0.1)).search(QUERY, space, 9)
    assert found.ids.tolist() == fuse([red, blue, navy], "rrf", [1, 0.5, -0.1]).ids.tolist()


def test_only_the_depth_is_fused() -> None:
    shallow = LateFusion(depth=2).search(QUERY, coloured(), 1)
    assert [len(part.ranking) for part in shallow.parts] == [2, 2, 2]


def test_the_depth_is_never_below_k() -> None:
    assert len(LateFusion(depth=1).search(QUERY, coloured(), 5)) == 5


def test_a_depth_that_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="depth is 1 image or more"):
        LateFusion(depth=0)


def test_no_such_fusion() -> None:
    with pytest.raises(InputError, match="no fusion called 'vote'"):
        LateFusion("vote").search(QUERY, coloured(), 5)
