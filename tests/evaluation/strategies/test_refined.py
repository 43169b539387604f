"""Refinement by captions of the first images, on random vectors."""

from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.strategies.refined import RefinedQuery
from tests.evaluation.benches import small_bench

BENCH = small_bench()
SOME = np.arange(30)


def rounds(strategy: RefinedQuery, evaluation_set: EvaluationSet = BENCH) -> list[np.ndarray]:
    return list(strategy.start(evaluation_set).answers(SOME))


def ranked(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")


def test_the_first_round_is_the_search() -> None:
    first, _ = rounds(RefinedQuery())
    np.testing.assert_allclose(first, BENCH.queries[SOME] @ BENCH.images.T, atol=1e-6)


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
        RefinedQuery(captioner="human", way="replaced"),
        RefinedQuery(way="replaced", own=False),
    ],
)
def test_the_caption_that_is_asked_is_never_read(strategy: RefinedQuery) -> None:
    """What its vector is in the bank must not matter; that of the query itself stays."""
    captions = BENCH.dataset.caption_vectors
    assert captions is not None
    for query in (0, 17):
        changed = captions.copy()
        changed[BENCH.query_captions[query]] = 0
        told = list(BENCH.dataset.captions)
        told[int(BENCH.query_captions[query])] = "zebra zebra"
        dataset = replace(BENCH.dataset, caption_vectors=changed)
        other = replace(BENCH, dataset=dataset)
        one, two = (
            list(strategy.start(each).answers(np.array([query])))[-1] for each in (BENCH, other)
        )
        np.testing.assert_allclose(ranked(one), ranked(two))


def test_replaced_is_the_mean_of_query_and_captions() -> None:
    _, after = rounds(RefinedQuery(captioner="human", way="replaced", p=1, captions=9))
    first = int(ranked(BENCH.queries[SOME] @ BENCH.images.T)[3][0])
    read = [
        each
        for each in np.flatnonzero(BENCH.dataset.owners == first).tolist()
        if each != BENCH.query_captions[3]
    ]
    captions = BENCH.dataset.caption_vectors
    assert captions is not None
    mean = np.mean([BENCH.queries[3], *captions[read]], axis=0)
    np.testing.assert_allclose(after[3], BENCH.images @ mean, atol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"captioner": "magic"},
        {"way": "forced"},
        {"p": 0},
        {"captions": 0},
        {"terms": 0},
        {"strength": -1.0},
        {"first": -1},
        {"beta": -1.0},
    ],
)
def test_what_cannot_be_meant(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        RefinedQuery(**wrong)  # type: ignore[arg-type]
