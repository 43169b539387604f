from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.ranking import Ranking
from firs.search import EmbeddingMatrix
from firs.search.postprocess import diversify

ANGLES = [0.0, 0.01, 0.02, 1.5, 3.0]
TABLE = EmbeddingMatrix(
    np.arange(5), np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
)
PATHS = [Path(f"{at}.jpg") for at in range(5)]
FOUND = Ranking(range(5), [0.9, 0.8, 0.7, 0.6, 0.5], PATHS, "test")


def test_what_is_like_the_first_comes_later() -> None:
    assert diversify(FOUND, TABLE, relevance=0.3).ids.tolist()[:3] == [0, 4, 3]


def test_by_relevance_alone_nothing_moves() -> None:
    assert diversify(FOUND, TABLE, relevance=1).ids.tolist() == FOUND.ids.tolist()


def test_by_variety_alone_the_next_is_the_farthest() -> None:
    assert diversify(FOUND, TABLE, relevance=0).ids.tolist()[:3] == [0, 4, 3]


def test_the_rest_follows_in_its_old_order() -> None:
    assert diversify(FOUND, TABLE, relevance=0, first=3).ids.tolist() == [0, 2, 1, 3, 4]
    assert diversify(FOUND, TABLE, relevance=0, first=1).ids.tolist() == [0, 1, 2, 3, 4]


def test_files_go_with_their_images_and_scores_fall() -> None:
    page = diversify(FOUND, TABLE)
    assert [hit.path for hit in page] == [Path(f"{hit.id}.jpg") for hit in page]
    assert np.all(np.diff(page.scores) <= 0)


def test_images_that_are_all_alike_keep_their_order() -> None:
    same = EmbeddingMatrix(np.arange(5), np.ones((5, 2), np.float32))
    assert diversify(FOUND, same).ids.tolist() == FOUND.ids.tolist()


def test_nothing_found() -> None:
    assert len(diversify(FOUND[:0], TABLE)) == 0


@pytest.mark.parametrize("relevance", [-0.1, 1.1, float("nan")])
def test_a_share_that_cannot_be_meant(relevance: float) -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        diversify(FOUND, TABLE, relevance=relevance)


def test_a_number_that_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="1 image or more can be reordered"):
        diversify(FOUND, TABLE, first=0)
