"""Refinement by captions of the first images, on random vectors."""

from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.strategies.refined import RefinedQuery
from tests.evaluation.evaluation_sets import small_evaluation_set

SMALL = small_evaluation_set()
SOME = np.arange(30)


def rounds(strategy: RefinedQuery, evaluation_set: EvaluationSet = SMALL) -> list[np.ndarray]:
    return list(strategy.start(evaluation_set).answers(SOME))


def ranked(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")


def test_the_first_round_is_the_search() -> None:
    first, _ = rounds(RefinedQuery())
    np.testing.assert_allclose(first, SMALL.queries[SOME] @ SMALL.images.T, atol=1e-6)


def test_only_the_first_change_places() -> None:
    before, after = map(ranked, rounds(RefinedQuery(strength=1.0, first=10)))
    assert not np.array_equal(before[:, :10], after[:, :10])
    np.testing.assert_array_equal(np.sort(before[:, :10]), np.sort(after[:, :10]))
    np.testing.assert_array_equal(before[:, 10:], after[:, 10:])
    _, all_ = map(ranked, rounds(RefinedQuery(strength=1.0, first=0)))
    assert not np.array_equal(before[:, 10:], all_[:, 10:])


def test_without_strength_nothing_changes() -> None:
    before, after = map(ranked, rounds(RefinedQuery(strength=0.0)))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "strategy",
    [
        RefinedQuery(),
        RefinedQuery(own=False),
        RefinedQuery(captioner="human"),
        RefinedQuery(captioner="human", mode="replaced"),
        RefinedQuery(mode="replaced", own=False),
    ],
)
def test_the_query_caption_is_never_read(strategy: RefinedQuery) -> None:
    """What its vector is in the bank must not matter; that of the query itself stays."""
    captions = SMALL.dataset.caption_vectors
    assert captions is not None
    for query in (0, 17):
        changed = captions.copy()
        changed[SMALL.query_captions[query]] = 0
        dataset = replace(SMALL.dataset, caption_vectors=changed)
        other = replace(SMALL, dataset=dataset)
        one, two = (
            list(strategy.start(each).answers(np.array([query])))[-1] for each in (SMALL, other)
        )
        np.testing.assert_allclose(ranked(one), ranked(two))


def test_replaced_is_the_mean_of_query_and_captions() -> None:
    _, after = rounds(RefinedQuery(captioner="human", mode="replaced", p=1, captions=9))
    first = int(ranked(SMALL.queries[SOME] @ SMALL.images.T)[3][0])
    read = [
        each
        for each in np.flatnonzero(SMALL.dataset.owners == first).tolist()
        if each != SMALL.query_captions[3]
    ]
    captions = SMALL.dataset.caption_vectors
    assert captions is not None
    mean = np.mean([SMALL.queries[3], *captions[read]], axis=0)
    np.testing.assert_allclose(after[3], SMALL.images @ mean, atol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"captioner": "magic"},
        {"mode": "forced"},
        {"p": 0},
        {"captions": 0},
        {"terms": 0},
        {"strength": -1.0},
        {"first": -1},
        {"beta": -1.0},
    ],
)
def test_invalid_parameters_are_rejected(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        RefinedQuery(**wrong)  # type: ignore[arg-type]
