from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import all_queries, load_dataset
from firs.evaluation.evaluation_set import evaluation_set_from_vectors
from firs.evaluation.measures import Ranks, blocks, ranks_in, summarise
from firs.evaluation.strategies import StrategyCall
from tests.evaluation.benches import small_bench


@pytest.fixture(scope="module")
def clip(shared_data: Path) -> Path:
    return shared_data / "clip_vitb32" / "flickr8k.npz"


def last_round(path: Path, name: str) -> Ranks:
    dataset = load_dataset("vectors", path)
    evaluation_set = evaluation_set_from_vectors(dataset, all_queries(dataset))
    answers = StrategyCall(name).make().start(evaluation_set).answers
    return Ranks.concatenate(
        [
            ranks_in(list(answers(block))[-1], evaluation_set.relevant.of(block))
            for block in blocks(len(evaluation_set.query_captions))
        ]
    )


def figures(ranks: Ranks) -> list[float]:
    return [round(value, 1) for value in summarise(ranks, MEASURES).values()]


MEASURES = ("R@1", "R@5", "R@10", "mean_rank")


def test_cosine_on_real_vectors(clip: Path) -> None:
    assert figures(last_round(clip, "none")) == [56.8, 86.6, 92.8, 3.6]


def test_pseudo_feedback_on_real_vectors(clip: Path) -> None:
    assert figures(last_round(clip, "pseudo")) == [61.2, 83.2, 88.4, 5.5]


def test_bits_on_real_vectors_with_ties_told_honestly_and_as_if_won(clip: Path) -> None:
    ranks = last_round(clip, "bits-mean")
    won = ranks.ties_won()
    assert won is not None
    assert figures(ranks) == [30.6, 61.8, 73.6, 13.4]
    assert figures(won) == [33.4, 63.8, 75.2, 12.5]


def test_entries_need_captions_that_joined() -> None:
    with pytest.raises(InputError, match="needs captions that are entries of the collection"):
        StrategyCall("entries").make().start(small_bench())
