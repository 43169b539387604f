from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.ranking import Ranking
from firs.search import EmbeddingMatrix
from firs.search.postprocess import fold

ANGLES = {3: 0.0, 5: 0.1, 7: 0.2, 9: 1.0, 11: 2.0}
COSINE_OF_A_TENTH = 0.99


def found(*ids: int) -> Ranking:
    scores = np.linspace(1, 0, len(ids), dtype=np.float32)
    return Ranking(ids, scores, [Path(f"{id_}.jpg") for id_ in ids], "test")


def behind(ranking: Ranking) -> dict[int, list[int]]:
    assert list(ranking.duplicates) == ranking.ids.tolist()
    return {id_: [hit.id for hit in those] for id_, those in ranking.duplicates.items() if those}


@pytest.fixture
def table() -> EmbeddingMatrix:
    turned = np.array(list(ANGLES.values()))
    vectors = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    return EmbeddingMatrix(np.array(list(ANGLES)), vectors)


def test_the_first_stands_for_those_like_it(table: EmbeddingMatrix) -> None:
    folded = fold(found(9, 5, 11, 3, 7), table, near=COSINE_OF_A_TENTH)
    assert folded.ids.tolist() == [9, 5, 11]
    assert behind(folded) == {5: [3, 7]}
    assert [hit.rank for hit in folded.duplicates[5]] == [4, 5]


def test_not_behind_one_that_is_folded_itself(table: EmbeddingMatrix) -> None:
    folded = fold(found(3, 5, 7), table, near=COSINE_OF_A_TENTH)
    assert folded.ids.tolist() == [3, 7]
    assert behind(folded) == {3: [5]}


def test_equal_contents_are_duplicates_whatever_their_vectors(table: EmbeddingMatrix) -> None:
    hashes = {9: b"same", 11: b"same", 3: b"other"}
    folded = fold(found(3, 9, 7, 11), table, near=1, hashes=hashes)
    assert folded.ids.tolist() == [3, 9, 7]
    assert behind(folded) == {9: [11]}


def test_scores_and_files_stay(table: EmbeddingMatrix) -> None:
    ranking = found(9, 11)
    folded = fold(ranking, table)
    assert [(hit.score, hit.path) for hit in folded] == [(hit.score, hit.path) for hit in ranking]


def test_what_has_no_vector_is_like_no_other_but_by_its_content(table: EmbeddingMatrix) -> None:
    hashes = {4: b"same", 6: b"same"}
    folded = fold(found(4, 9, 6, 8), table, hashes=hashes)
    assert folded.ids.tolist() == [4, 9, 8]
    assert behind(folded) == {4: [6]}


def test_nothing_found(table: EmbeddingMatrix) -> None:
    assert len(fold(found(), table)) == 0


@pytest.mark.parametrize("near", [0, -1, 1.1, float("nan")])
def test_a_cosine_that_cannot_be_meant(table: EmbeddingMatrix, near: float) -> None:
    with pytest.raises(InputError, match="above 0 and up to 1"):
        fold(found(3), table, near=near)
