"""A caption and an example, several captions, several encoders: what each is, and that it helps."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EncoderDescription, EvaluationSet, View
from firs.evaluation.measures import ScoreRows, ranks_in
from firs.evaluation.strategies import Strategy, StrategyCall
from firs.evaluation.strategies.fused import (
    SeveralCaptions,
    SeveralEncoders,
    WithExample,
    near_neighbours,
)
from firs.evaluation.strategies.plain import NoFeedback
from tests.evaluation.benches import small_bench

BENCH = small_bench()


def scores(strategy: Strategy, evaluation_set: EvaluationSet = BENCH) -> ScoreRows:
    [rows] = strategy.start(evaluation_set).answers(np.arange(len(evaluation_set.query_captions)))
    return rows


def recall(strategy: Strategy, evaluation_set: EvaluationSet = BENCH) -> float:
    return float(
        np.mean(ranks_in(scores(strategy, evaluation_set), evaluation_set.relevant).first <= 1)
    )


def with_second_encoder(evaluation_set: EvaluationSet, noise: float = 0.9) -> EvaluationSet:
    """The same by an encoder whose mistakes are others."""
    rng = np.random.default_rng(7)

    def units(rows: NDArray[np.float64]) -> Vectors:
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    images = rng.standard_normal((len(evaluation_set.images), 24))
    queries = images[evaluation_set.groups] + noise * rng.standard_normal(
        (len(evaluation_set.query_captions), 24)
    )
    view = View(
        EncoderDescription("second", 24), units(images), units(queries), np.zeros(24, np.float32)
    )
    return replace(evaluation_set, others=(view,))


@pytest.mark.parametrize("way", ["words", "picture", "early-fusion", "late-fusion", "rerank"])
def test_the_example_is_not_ranked_and_all_others_are(way: str) -> None:
    rows = scores(WithExample(strategy=way))
    examples = near_neighbours(BENCH, 5, seed=0)
    hidden = np.isneginf(rows)
    assert np.all(hidden[np.arange(len(rows)), examples])
    assert hidden.sum() == len(rows)


def test_words_alone_are_the_plain_search_without_the_example() -> None:
    rows, plain = scores(WithExample(strategy="words")), scores(NoFeedback())
    for row, order, example in zip(rows, plain, near_neighbours(BENCH, 5, 0), strict=True):
        expected = [each for each in np.argsort(-order).tolist() if each != example]
        assert np.argsort(-row, kind="stable")[:-1].tolist() == expected


def test_two_phase_reranks_only_the_first() -> None:
    words, both = (
        scores(WithExample(strategy="words")),
        scores(WithExample(strategy="rerank", first=7)),
    )
    for before, after in zip(words, both, strict=True):
        first, again = (np.argsort(-row, kind="stable").tolist() for row in (before, after))
        assert set(again[:6]) <= set(first[:7])
        assert again[8:50] == first[8:50]


def test_fusions_differ() -> None:
    late, borda = (
        scores(WithExample(strategy="late-fusion", fusion=name)) for name in ("", "borda")
    )
    assert np.any(late != borda)


def test_captions_of_one_image_share_a_ranking_that_beats_each() -> None:
    rows = scores(SeveralCaptions())
    np.testing.assert_array_equal(rows[0], rows[2])
    assert np.any(rows[0] != rows[3])
    assert recall(SeveralCaptions()) > max(recall(SeveralCaptions(only=at)) for at in (1, 2, 3))


def test_one_of_the_captions_or_the_last() -> None:
    plain = ranks_in(scores(NoFeedback()), BENCH.relevant).first
    second, ninth = (
        ranks_in(scores(SeveralCaptions(only=only)), BENCH.relevant).first for only in (2, 9)
    )
    np.testing.assert_array_equal(second[::3], plain[1::3])
    np.testing.assert_array_equal(ninth[::3], plain[2::3])


def test_lists_are_cut_at_their_depth() -> None:
    rows = scores(SeveralCaptions(depth=4))
    assert np.all(np.isfinite(rows).sum(axis=1) <= 12)


def test_two_encoders_beat_each() -> None:
    evaluation_set = with_second_encoder(BENCH)
    first, second = (recall(SeveralEncoders(only=at), evaluation_set) for at in (1, 2))
    assert first == recall(NoFeedback())
    assert recall(SeveralEncoders(), evaluation_set) > max(first, second)


def test_an_encoder_that_guesses_hurts_less_where_it_counts_less() -> None:
    evaluation_set = with_second_encoder(BENCH, noise=9)
    alone, captions_in_split, whole = (
        recall(strategy, evaluation_set)
        for strategy in (NoFeedback(), SeveralEncoders(others=0.1), SeveralEncoders())
    )
    assert whole < captions_in_split <= alone + 0.05


def test_one_encoder_is_answered_as_it_is() -> None:
    assert recall(SeveralEncoders()) == recall(NoFeedback())


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        (
            "example",
            {"strategy": "soon"},
            "no strategy 'soon'.*words, picture, early-fusion, late-fusion, rerank",
        ),
        ("example", {"fusion": "vote"}, "no fusion called 'vote'"),
        ("example", {"strategy": "rerank", "first": 0}, "1 image or more, not 0"),
        ("example", {"among": 60}, "1 to 59 nearest"),
        ("captions", {"fusion": "vote"}, "no fusion called 'vote'"),
        ("captions", {"depth": 0}, "depth is 1 or more"),
        ("encoders", {"fusion": "vote"}, "no fusion called 'vote'"),
        ("encoders", {"only": 2}, r"There are 1 encoders here.*mini\+siglip2-base"),
    ],
)
def test_what_cannot_be_meant(name: str, parameters: dict[str, int | str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        StrategyCall(name, parameters).make().start(BENCH)
