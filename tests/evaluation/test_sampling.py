import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import (
    Dataset,
    DatasetImage,
    all_queries,
    build_dataset,
    captions_in_split,
    sample_by_source,
    sample_captions,
    split_captions,
)


def blended(first: int = 8, second: int = 6) -> Dataset:
    images = [
        DatasetImage(str(n), tuple(f"{n} {m}" for m in range(5))) for n in range(first + second)
    ]
    whole = build_dataset("blend", images)
    return Dataset(
        "blend", whole.image_ids, whole.captions, whole.owners,
        sources=("flickr30k",) * first + ("coco",) * second,
    )  # fmt: skip


def test_a_seed_draws_the_same_and_another_does_not() -> None:
    dataset = blended(200, 200)
    first, again, other = (sample_captions(dataset, 60, seed).tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_no_image_is_asked_for_twice() -> None:
    dataset = blended()
    queries = sample_captions(dataset, 14, seed=0)
    assert sorted(dataset.owners[queries].tolist()) == list(range(14))
    assert len({int(query) % 5 for query in queries}) > 1, "any of the five captions is drawn"


def test_more_than_there_are_images_draws_captions() -> None:
    queries = sample_captions(blended(), 40, seed=0)
    assert len(set(queries.tolist())) == 40
    assert np.all(np.diff(queries) > 0)


def test_more_than_there_are_captions_takes_all() -> None:
    assert sample_captions(blended(), 1000, seed=0).tolist() == all_queries(blended()).tolist()


def test_so_many_of_each_source() -> None:
    dataset = blended()
    queries = sample_by_source(dataset, {"flickr30k": 5, "coco": 3}, seed=0)
    from_first = dataset.owners[queries] < 8
    assert (int(from_first.sum()), int((~from_first).sum())) == (5, 3)


@pytest.mark.parametrize("counts", [{"coco": 7}, {"nowhere": 1}])
def test_more_than_a_source_has(counts: dict[str, int]) -> None:
    with pytest.raises(InputError, match="its sources are: coco, flickr30k"):
        sample_by_source(blended(), counts, seed=0)


def test_sources_of_a_data_set_that_has_none() -> None:
    with pytest.raises(InputError, match="its sources are: none"):
        sample_by_source(build_dataset("one", [DatasetImage("a", ("b",))]), {"coco": 1}, seed=0)


def test_two_captions_of_each_image_join_and_three_are_asked() -> None:
    join, ask = split_captions(blended(2, 1), 2)
    assert join.tolist() == [0, 1, 5, 6, 10, 11]
    assert ask.tolist() == [2, 3, 4, 7, 8, 9, 12, 13, 14]


@pytest.mark.parametrize("indexed_captions", [0, 5])
def test_a_split_that_leaves_one_side_empty(indexed_captions: int) -> None:
    with pytest.raises(InputError, match="there must be some of either"):
        split_captions(blended(), indexed_captions)


def test_a_sample_of_nothing() -> None:
    with pytest.raises(InputError, match="1 or more queries, not 0"):
        sample_captions(blended(), 0, seed=0)


def test_the_halves_share_no_image_and_leave_none_out() -> None:
    dataset = blended()
    tune, report = (
        captions_in_split(dataset, which, all_queries(dataset)) for which in ("tune", "report")
    )
    assert len(tune) == len(report) == 35
    assert not set(dataset.owners[tune]) & set(dataset.owners[report])
    assert captions_in_split(dataset, "tune", all_queries(dataset)).tolist() == tune.tolist()


def test_a_half_of_some_captions() -> None:
    dataset = blended()
    some = np.array([0, 30, 60])
    halves = [captions_in_split(dataset, which, some).tolist() for which in ("tune", "report")]
    assert sorted(halves[0] + halves[1]) == [0, 30, 60]


def test_a_half_that_there_is_not() -> None:
    with pytest.raises(InputError, match="called tune and report, not 'best'"):
        captions_in_split(blended(), "best", np.array([0]))
