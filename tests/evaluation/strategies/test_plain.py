from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import all_queries, captions_in_split, load_dataset
from firs.evaluation.evaluation_set import EvaluationSet, evaluation_set_from_vectors
from firs.evaluation.measures import Ranks, blocks, ranks_in, summarise
from firs.evaluation.strategies import StrategyCall, parse_strategies
from tests.evaluation.evaluation_sets import small_evaluation_set


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


def round_figures(ranks: Ranks) -> list[float]:
    return [round(value, 1) for value in summarise(ranks, MEASURES).values()]


MEASURES = ("R@1", "R@5", "R@10", "mean_rank")


def test_cosine_on_real_vectors(clip: Path) -> None:
    assert round_figures(last_round(clip, "none")) == [56.8, 86.6, 92.8, 3.6]


def test_pseudo_feedback_on_real_vectors(clip: Path) -> None:
    assert round_figures(last_round(clip, "pseudo")) == [61.2, 83.2, 88.4, 5.5]


def test_bits_on_real_vectors_with_ties_averaged_and_won(clip: Path) -> None:
    ranks = last_round(clip, "bits-mean")
    won = ranks.ties_won()
    assert won is not None
    assert round_figures(ranks) == [30.6, 61.8, 73.6, 13.4]
    assert round_figures(won) == [33.4, 63.8, 75.2, 12.5]


def test_entries_need_indexed_captions() -> None:
    with pytest.raises(InputError, match="needs captions that are entries of the collection"):
        StrategyCall("entries").make().start(small_evaluation_set())


Figures = Callable[[str], dict[str, float]]


@pytest.fixture(scope="module")
def hash_figures(shared_data: Path) -> Figures:
    """Measure a strategy once, on the half of the queries on which nothing was chosen."""
    dataset = load_dataset("vectors", shared_data / "clip_vitb32" / "flickr8k.npz")
    evaluation_set = evaluation_set_from_vectors(
        dataset, captions_in_split(dataset, "report", all_queries(dataset))
    )
    return cache(lambda text: measure(evaluation_set, text))


def measure(evaluation_set: EvaluationSet, text: str) -> dict[str, float]:
    (call,) = parse_strategies(text)
    answers = call.make().start(evaluation_set).answers
    ranks = Ranks.concatenate(
        [
            ranks_in(next(iter(answers(block))), evaluation_set.relevant.of(block))
            for block in blocks(len(evaluation_set.query_captions))
        ]
    )
    return summarise(ranks, ("R@1", "R@5", "R@10"))


@pytest.mark.parametrize(
    "text",
    [
        "hash(rescore=100)",
        "hash(rescore=100,storage=int8)",
        "hash(kind=rotation,compare=hamming,rescore=200)",
    ],
)
def test_one_bit_with_rescoring_loses_nothing(hash_figures: Figures, text: str) -> None:
    floats, found = hash_figures("none"), hash_figures(text)
    for name, figure in floats.items():
        assert found[name] >= 0.99 * figure


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hash", 0.80),
        ("hash(centre=own)", 0.80),
        ("hash(kind=principal(bits=2))", 0.92),
        ("hash(kind=itq,centre=own)", 0.80),
        ("hash(kind=rotation,centre=own)", 0.80),
        ("hash(kind=levels,centre=own)", 0.92),
        ("hash(kind=levels(bits=4))", 0.98),
        ("hash(kind=levels(bits=4),centre=own)", 0.98),
        ("hash(kind=levels(bits=8))", 0.98),
    ],
)
def test_a_float_query_against_codes_keeps_most_of_the_first_place(
    hash_figures: Figures, text: str, kept: float
) -> None:
    assert hash_figures(text)["R@1"] >= kept * hash_figures("none")["R@1"]


def test_the_images_middle_on_both_sides_ruins_it(hash_figures: Figures) -> None:
    own, images, auto = (
        hash_figures(f"hash(kind=rotation,centre={each})")["R@1"]
        for each in ("own", "images", "auto")
    )
    assert images < 0.6 * own
    assert images < 0.6 * auto


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "lsh"}, "no hash called 'lsh'"),
        ({"kind": "itq(bits=2)"}, "hash 'itq' has no parameter 'bits'"),
        ({"compare": "dice"}, "knows asymmetric, hamming, not 'dice'"),
        ({"storage": "int4"}, "knows float16, int8, not 'int4'"),
        ({"centre": "all"}, "knows own, images, none, auto, not 'all'"),
        ({"rescore": -1}, "0 or more, not -1"),
    ],
)
def test_invalid_hash_parameters_are_rejected(
    parameters: dict[str, str | int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        StrategyCall("hash", parameters).make()
