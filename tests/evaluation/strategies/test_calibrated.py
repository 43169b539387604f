from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset
from firs.evaluation.evaluation_set import EvaluationSet, bench_of_vectors
from firs.evaluation.measures import summarise
from firs.evaluation.ranks import Ranks, blocks, ranks_in
from firs.evaluation.sampling import all_queries, half
from firs.evaluation.strategies import StrategyCall
from tests.evaluation.benches import small_bench, small_dataset


def figures(bench: EvaluationSet, name: str) -> dict[str, float]:
    started = StrategyCall.parse(name).make().start(bench)
    ranks = [
        ranks_in(list(started.answers(block))[-1], bench.relevant.of(block))
        for block in blocks(len(bench.asked))
    ]
    return dict(summarise(Ranks.concatenate(ranks), ("R@1", "R@5", "R@10")))


def half_of(path: Path) -> EvaluationSet:
    dataset = load_dataset("vectors", path)
    return bench_of_vectors(dataset, half(dataset, "report", all_queries(dataset)))


def test_hubness_off_finds_more_on_real_vectors(shared_data: Path) -> None:
    bench = half_of(shared_data / "clip_vitb32" / "flickr8k.npz")
    plain, without = figures(bench, "none"), figures(bench, "hubness")
    assert without["R@1"] >= plain["R@1"] + 3
    assert without["R@5"] >= plain["R@5"]
    assert without["R@10"] >= plain["R@10"]


def test_without_weight_nothing_changes() -> None:
    bench = small_bench(joining=1)
    assert figures(bench, "hubness(weight=0.0)") == figures(bench, "none")


def test_the_search_for_the_first_is_that_of_all() -> None:
    bench = small_bench(joining=1)
    for name in ("hubness(k=5)", "centred"):
        searcher = StrategyCall.parse(name).make().start(bench).searcher
        assert searcher is not None
        places, scores = searcher.search(bench.queries[:9], 5)
        rows = searcher.scores(bench.queries[:9])
        np.testing.assert_array_equal(places, np.argsort(-rows, axis=1, kind="stable")[:, :5])
        np.testing.assert_allclose(scores, np.take_along_axis(rows, places, axis=1), atol=1e-6)


def test_no_caption_that_is_asked_is_in_the_bank() -> None:
    with pytest.raises(InputError, match=r"no captions for a bank.*--query-split report"):
        StrategyCall.parse("hubness").make().start(small_bench())
    dataset = small_dataset()
    asked = half(dataset, "report", all_queries(dataset))
    assert StrategyCall.parse("hubness").make().start(bench_of_vectors(dataset, asked))


def test_everyday_captions_need_an_encoder() -> None:
    with pytest.raises(InputError, match="without an encoder"):
        StrategyCall.parse("hubness(bank=everyday)").make().start(small_bench())


@pytest.mark.parametrize("name", ["hubness(bank=mine)", "hubness(k=0)"])
def test_what_cannot_be_meant(name: str) -> None:
    with pytest.raises(InputError, match="bank is one of captions, everyday and k 1 or more"):
        StrategyCall.parse(name).make()
