from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import all_queries, captions_in_split, load_dataset
from firs.evaluation.evaluation_set import EvaluationSet, evaluation_set_from_vectors
from firs.evaluation.measures import Ranks, blocks, ranks_in, summarise
from firs.evaluation.strategies import StrategyCall, parse_strategies

Figures = Callable[[str], dict[str, float]]


@pytest.fixture(scope="module")
def figures(shared_data: Path) -> Figures:
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
        "hash(first=100)",
        "hash(first=100,second=int8)",
        "hash(kind=rotation,compare=hamming,first=200)",
    ],
)
def test_one_bit_and_a_second_look_lose_nothing(figures: Figures, text: str) -> None:
    floats, found = figures("none"), figures(text)
    for name, figure in floats.items():
        assert found[name] >= 0.99 * figure


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hash", 0.80),
        ("hash(middle=own)", 0.80),
        ("hash(kind=principal-2)", 0.92),
        ("hash(kind=itq,middle=own)", 0.80),
        ("hash(kind=rotation,middle=own)", 0.80),
        ("hash(kind=levels-2,middle=own)", 0.92),
        ("hash(kind=levels-4)", 0.98),
        ("hash(kind=levels-4,middle=own)", 0.98),
        ("hash(kind=levels-8)", 0.98),
    ],
)
def test_a_float_query_against_codes_keeps_most_of_the_first_place(
    figures: Figures, text: str, kept: float
) -> None:
    assert figures(text)["R@1"] >= kept * figures("none")["R@1"]


def test_the_images_middle_on_both_sides_ruins_it(figures: Figures) -> None:
    own, images, auto = (
        figures(f"hash(kind=rotation,middle={each})")["R@1"] for each in ("own", "images", "auto")
    )
    assert images < 0.6 * own
    assert images < 0.6 * auto


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "lsh"}, "no hash called 'lsh'"),
        ({"compare": "dice"}, "knows asymmetric, hamming, not 'dice'"),
        ({"second": "int4"}, "knows float16, int8, not 'int4'"),
        ({"middle": "all"}, "knows own, images, none, auto, not 'all'"),
        ({"first": -1}, "0 or more, not -1"),
    ],
)
def test_what_cannot_be_asked(parameters: dict[str, str | int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        StrategyCall("hash", parameters).make()
