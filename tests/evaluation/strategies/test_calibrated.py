from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import all_queries, captions_in_split, load_dataset
from firs.evaluation.evaluation_set import EvaluationSet, evaluation_set_from_vectors
from firs.evaluation.measures import Ranks, blocks, ranks_in, summarise
from firs.evaluation.strategies import StrategyCall
from tests.evaluation.benches import small_bench, small_dataset


def figures(evaluation_set: EvaluationSet, name: str) -> dict[str, float]:
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
    plain, without = figures(evaluation_set, "none"), figures(evaluation_set, "hubness")
    assert without["R@1"] >= plain["R@1"] + 3
    assert without["R@5"] >= plain["R@5"]
    assert without["R@10"] >= plain["R@10"]


def test_without_weight_nothing_changes() -> None:
    evaluation_set = small_bench(indexed_captions=1)
    assert figures(evaluation_set, "hubness(weight=0.0)") == figures(evaluation_set, "none")


def test_the_search_for_the_first_is_that_of_all() -> None:
    evaluation_set = small_bench(indexed_captions=1)
    for name in ("hubness(k=5)", "centred"):
        searcher = StrategyCall.parse(name).make().start(evaluation_set).searcher
        assert searcher is not None
        places, scores = searcher.search(evaluation_set.queries[:9], 5)
        rows = searcher.scores(evaluation_set.queries[:9])
        np.testing.assert_array_equal(places, np.argsort(-rows, axis=1, kind="stable")[:, :5])
        np.testing.assert_allclose(scores, np.take_along_axis(rows, places, axis=1), atol=1e-6)


def test_no_caption_that_is_asked_is_in_the_bank() -> None:
    with pytest.raises(InputError, match=r"no captions for a bank.*--query-split report"):
        StrategyCall.parse("hubness").make().start(small_bench())
    dataset = small_dataset()
    asked = captions_in_split(dataset, "report", all_queries(dataset))
    assert StrategyCall.parse("hubness").make().start(evaluation_set_from_vectors(dataset, asked))


def test_everyday_captions_need_an_encoder() -> None:
    with pytest.raises(InputError, match="without an encoder"):
        StrategyCall.parse("hubness(bank=everyday)").make().start(small_bench())


@pytest.mark.parametrize("name", ["hubness(bank=mine)", "hubness(k=0)"])
def test_what_cannot_be_meant(name: str) -> None:
    with pytest.raises(InputError, match="bank is one of captions, everyday and k 1 or more"):
        StrategyCall.parse(name).make()
