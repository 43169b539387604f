from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import all_queries, captions_in_split, load_dataset
from firs.evaluation.evaluation_set import EvaluationSet, evaluation_set_from_vectors
from firs.evaluation.measures import Ranks, blocks, ranks_in, summarise
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.strategies.corrected import hot_images, restrict_expansion
from tests.evaluation.evaluation_sets import small_dataset, small_evaluation_set


def measure_strategy(evaluation_set: EvaluationSet, name: str) -> dict[str, float]:
    started = StrategyCall.parse(name).make().start(evaluation_set)
    ranks = [
        ranks_in(list(started.answers(block))[-1], evaluation_set.relevant.of(block))
        for block in blocks(len(evaluation_set.query_captions))
    ]
    return dict(summarise(Ranks.concatenate(ranks), ("R@1", "R@5", "R@10")))


def half_of(path: Path) -> EvaluationSet:
    dataset = load_dataset("vectors", path)
    return evaluation_set_from_vectors(
        dataset, captions_in_split(dataset, "report", all_queries(dataset))
    )


def test_hubness_off_finds_more_on_real_vectors(shared_data: Path) -> None:
    evaluation_set = half_of(shared_data / "clip_vitb32" / "flickr8k.npz")
    plain, without = (
        measure_strategy(evaluation_set, "none"),
        measure_strategy(evaluation_set, "hubness"),
    )
    assert without["R@1"] >= plain["R@1"] + 3
    assert without["R@5"] >= plain["R@5"]
    assert without["R@10"] >= plain["R@10"]


def test_without_weight_nothing_changes() -> None:
    evaluation_set = small_evaluation_set(indexed_captions=1)
    assert measure_strategy(evaluation_set, "hubness(weight=0.0)") == measure_strategy(
        evaluation_set, "none"
    )


def test_the_search_for_the_first_is_that_of_all() -> None:
    evaluation_set = small_evaluation_set(indexed_captions=1)
    for name in ("hubness(k=5)", "centred"):
        searcher = StrategyCall.parse(name).make().start(evaluation_set).searcher
        assert searcher is not None
        places, scores = searcher.search(evaluation_set.queries[:9], 5)
        rows = searcher.scores(evaluation_set.queries[:9])
        np.testing.assert_array_equal(places, np.argsort(-rows, axis=1, kind="stable")[:, :5])
        np.testing.assert_allclose(scores, np.take_along_axis(rows, places, axis=1), atol=1e-6)


def test_query_captions_are_not_in_the_bank() -> None:
    with pytest.raises(InputError, match=r"no captions for a bank.*--query-split report"):
        StrategyCall.parse("hubness").make().start(small_evaluation_set())
    dataset = small_dataset()
    queries = captions_in_split(dataset, "report", all_queries(dataset))
    assert StrategyCall.parse("hubness").make().start(evaluation_set_from_vectors(dataset, queries))


def test_everyday_captions_need_an_encoder() -> None:
    with pytest.raises(InputError, match="without an encoder"):
        StrategyCall.parse("hubness(bank=everyday)").make().start(small_evaluation_set())


@pytest.mark.parametrize("name", ["hubness(bank=mine)", "hubness(k=0)"])
def test_invalid_banks_are_rejected(name: str) -> None:
    with pytest.raises(InputError, match="bank is one of captions, everyday and k 1 or more"):
        StrategyCall.parse(name).make()


SMALL = small_evaluation_set(indexed_captions=2)


def test_hot_images_are_some_of_those_with_captions_and_always_the_same() -> None:
    hot = hot_images(SMALL, 0.3)
    assert len(hot) == 18
    assert hot.tolist() == hot_images(SMALL, 0.3).tolist()
    some = restrict_expansion(SMALL, 0.3)
    assert set(some.indexed_owners.tolist()) == set(hot.tolist())
    assert some.indexed_vectors is not None
    assert len(some.indexed_vectors) == len(some.indexed) == 36


@pytest.mark.parametrize("name", ["expanded", "moved"])
def test_images_without_captions_keep_their_scores(name: str) -> None:
    [plain] = StrategyCall("none").make().start(SMALL).answers(np.arange(9))
    [rows] = StrategyCall(name, {"hot": 0.3}).make().start(SMALL).answers(np.arange(9))
    others = np.setdiff1d(np.arange(60), hot_images(SMALL, 0.3))
    np.testing.assert_allclose(rows[:, others], plain[:, others], atol=1e-6)
    assert not np.allclose(rows, plain)


@pytest.mark.parametrize("name", ["expanded", "moved", "entries"])
def test_invalid_shares_are_rejected(name: str) -> None:
    with pytest.raises(InputError, match=r"above 0 and up to 1"):
        StrategyCall(name, {"hot": 1.5}).make().start(SMALL)
    with pytest.raises(InputError, match="captions that are entries of the collection"):
        StrategyCall(name).make().start(small_evaluation_set())


def test_invalid_bases_are_rejected() -> None:
    with pytest.raises(InputError, match="over none or hubness"):
        StrategyCall("moved", {"over": "bits"}).make()
