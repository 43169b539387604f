"""A caption and an example, several captions, several encoders: what each is, and that it helps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EncoderDescription, EvaluationSet, View
from firs.evaluation.measures import ScoreRows, ranks_in
from firs.evaluation.strategies import Strategy, StrategyCall
from firs.evaluation.strategies.fused import (
    SeveralCaptions,
    SeveralEncoders,
    WithExample,
    embedding_searcher,
    near_neighbours,
    score_rows,
)
from firs.evaluation.strategies.plain import NoFeedback
from firs.query import like, text
from firs.ranking import Ranking
from firs.search import search
from tests.evaluation.evaluation_sets import small_evaluation_set

SMALL = small_evaluation_set()


def scores(strategy: Strategy, evaluation_set: EvaluationSet = SMALL) -> ScoreRows:
    [rows] = strategy.start(evaluation_set).answers(np.arange(len(evaluation_set.query_captions)))
    return rows


def recall(strategy: Strategy, evaluation_set: EvaluationSet = SMALL) -> float:
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
    return replace(evaluation_set, views=(*evaluation_set.views, view))


@pytest.mark.parametrize("way", ["words", "picture", "early-fusion", "late-fusion", "rerank"])
def test_the_example_is_not_ranked_and_all_others_are(way: str) -> None:
    rows = scores(WithExample(strategy=way))
    examples = near_neighbours(SMALL, 5, seed=0)
    hidden = np.isneginf(rows)
    assert np.all(hidden[np.arange(len(rows)), examples])
    assert hidden.sum() == len(rows)


def test_words_alone_are_the_plain_search_without_the_example() -> None:
    rows, plain = scores(WithExample(strategy="words")), scores(NoFeedback())
    for row, order, example in zip(rows, plain, near_neighbours(SMALL, 5, 0), strict=True):
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
    plain = ranks_in(scores(NoFeedback()), SMALL.relevant).first
    second, ninth = (
        ranks_in(scores(SeveralCaptions(only=only)), SMALL.relevant).first for only in (2, 9)
    )
    np.testing.assert_array_equal(second[::3], plain[1::3])
    np.testing.assert_array_equal(ninth[::3], plain[2::3])


def test_lists_are_cut_at_their_depth() -> None:
    rows = scores(SeveralCaptions(depth=4))
    assert np.all(np.isfinite(rows).sum(axis=1) <= 12)


def test_two_encoders_beat_each() -> None:
    evaluation_set = with_second_encoder(SMALL)
    first, second = (recall(SeveralEncoders(only=at), evaluation_set) for at in (1, 2))
    assert first == recall(NoFeedback())
    assert recall(SeveralEncoders(), evaluation_set) > max(first, second)


def test_a_lower_weight_limits_the_harm_of_a_bad_encoder() -> None:
    evaluation_set = with_second_encoder(SMALL, noise=9)
    alone, captions_in_split, whole = (
        recall(strategy, evaluation_set)
        for strategy in (NoFeedback(), SeveralEncoders(others=0.1), SeveralEncoders())
    )
    assert whole < captions_in_split <= alone + 0.05


def test_some_queries_of_several_encoders_are_searched() -> None:
    evaluation_set = with_second_encoder(SMALL)
    some = evaluation_set.only(np.arange(40, 50))
    rows = scores(SeveralEncoders(), evaluation_set)
    np.testing.assert_array_equal(scores(SeveralEncoders(), some), rows[40:50])


def test_one_encoder_is_not_fused() -> None:
    assert recall(SeveralEncoders()) == recall(NoFeedback())


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
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
def test_invalid_parameters_are_rejected(
    name: str, parameters: dict[str, int | str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        StrategyCall(name, parameters).make().start(SMALL)


@pytest.mark.parametrize("among", [1, 5, 59])
def test_an_example_is_a_near_neighbour_but_not_the_target(among: int) -> None:
    examples = near_neighbours(SMALL, among, seed=0)
    closeness = SMALL.images @ SMALL.images.T
    for example, sought in zip(examples, SMALL.groups, strict=True):
        nearest = [int(each) for each in np.argsort(-closeness[sought]) if each != sought]
        assert example in nearest[:among]
    assert len(np.unique(examples)) > 1


def test_drawn_by_the_seed() -> None:
    first, again, other = (near_neighbours(SMALL, 9, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_neighbours_are_those_of_the_oracle() -> None:
    alone = np.eye(60, dtype=np.float32)
    oracle = alone + np.float32(0.5) * np.roll(alone, 1, axis=1)
    seen = near_neighbours(replace(SMALL, oracle_embeddings=oracle), 2, seed=0)
    apart = (seen - SMALL.groups) % 60
    assert set(apart.tolist()) == {1, 59}


@pytest.mark.parametrize("among", [0, 60])
def test_not_so_many_others(among: int) -> None:
    with pytest.raises(InputError, match=f"one of the 1 to 59 nearest images, not of {among}"):
        near_neighbours(SMALL, among, seed=0)


def test_a_caption_finds_what_its_vector_finds() -> None:
    space = embedding_searcher(SMALL, SMALL.views[0])
    found = search(text(SMALL.dataset.captions[7]), space, 60)
    expected = np.argsort(-(SMALL.images @ SMALL.queries[7]), kind="stable")
    assert found.ids.tolist() == expected.tolist()
    assert found[0].path == Path(SMALL.dataset.image_ids[found[0].id])
    assert found.source.startswith("vectors: ")


def test_an_example_is_an_image_of_the_data_set() -> None:
    space = embedding_searcher(SMALL, SMALL.views[0])
    assert search(like(3), space, 1)[0].id == 3
    with pytest.raises(InputError, match="an image of the data set"):
        search(like(Image.new("RGB", (8, 8))), space, 1)


def test_rankings_as_scores_of_all_images() -> None:
    paths = [Path("a"), Path("b"), Path("c")]
    tied = Ranking([4, 0, 2], [1e-9, 5e-10, 5e-10], paths, "")
    rows = score_rows([tied, tied[:0]], 5)
    assert rows.tolist() == [[-1, -np.inf, -1, -np.inf, 0], [-np.inf] * 5]
    assert rows.dtype == np.float32
