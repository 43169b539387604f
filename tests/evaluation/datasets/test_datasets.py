from pathlib import Path

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
from tests.evaluation.evaluation_sets import small_dataset

TWO = [DatasetImage("a.jpg", ("red", "dark red")), DatasetImage("b.jpg", ("blue",))]


def test_each_caption_knows_its_image() -> None:
    dataset = build_dataset("two", TWO)
    assert dataset.image_ids == ("a.jpg", "b.jpg")
    assert dataset.captions == ("red", "dark red", "blue")
    assert dataset.owners.tolist() == dataset.relevant.image.tolist() == [0, 0, 1]


def test_the_fingerprint_is_of_the_content() -> None:
    other = [TWO[0], DatasetImage("b.jpg", ("green",))]
    assert build_dataset("two", TWO).fingerprint == build_dataset("renamed", TWO).fingerprint
    assert build_dataset("two", TWO).fingerprint != build_dataset("two", other).fingerprint


def test_an_image_may_have_no_caption() -> None:
    dataset = build_dataset("with another", [*TWO, DatasetImage("c.jpg", ())])
    assert (len(dataset.image_ids), len(dataset.captions)) == (3, 3)


@pytest.mark.parametrize("images", [[], [DatasetImage("a.jpg", ())]])
def test_an_empty_split_is_refused(images: list[DatasetImage]) -> None:
    with pytest.raises(InputError, match=f"nothing is empty: {len(images)} images and 0 captions"):
        build_dataset("nothing", images)


def test_a_repeated_id_is_named() -> None:
    with pytest.raises(InputError, match=r"has the image 'a\.jpg' twice"):
        build_dataset("double", [*TWO, TWO[0]])


def test_missing_pictures_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    with pytest.raises(InputError, match=r"captions for b\.jpg.*\(1 of 2 pictures are missing\)"):
        build_dataset("two", TWO).with_files(tmp_path)


def test_files_go_with_the_ids(tmp_path: Path) -> None:
    for image in TWO:
        (tmp_path / image.id).touch()
    files = build_dataset("two", TWO).with_files(tmp_path).files
    assert files == (tmp_path / "a.jpg", tmp_path / "b.jpg")
    np.testing.assert_array_equal(build_dataset("two", TWO).owners, [0, 0, 1])


def test_without_the_images_that_have_no_picture(tmp_path: Path) -> None:
    dataset = small_dataset(images=4, captions=2)
    for place in (0, 3):
        (tmp_path / dataset.image_ids[place]).touch()
    some = dataset.with_files(tmp_path).with_pictures_only()
    assert some.image_ids == ("0.jpg", "3.jpg")
    assert some.captions == dataset.captions[:2] + dataset.captions[6:]
    assert some.owners.tolist() == [0, 0, 1, 1]
    assert some.image_vectors is not None
    assert dataset.image_vectors is not None
    np.testing.assert_array_equal(some.image_vectors, dataset.image_vectors[[0, 3]])
    assert some.name == "small without 2 images that have no picture"
    assert some.with_pictures_only() is some
    with pytest.raises(InputError, match="no pictures to encode"):
        dataset.with_pictures_only()


def test_descriptions_replace_the_captions_of_images() -> None:
    dataset = build_dataset("two", TWO)
    assert dataset.captions_by_image == (("red", "dark red"), ("blue",))
    shown = dataset.with_descriptions(
        {"a.jpg": ["a rose"], "b.jpg": ["a lake"], "c.jpg": ["a dog"]}
    )
    assert shown.captions_by_image == (("a rose",), ("a lake",))
    assert shown.captions == dataset.captions, "queries do not change"


def test_descriptions_of_other_images_are_rejected() -> None:
    with pytest.raises(InputError, match=r"speak of 1 of 2 images of two; give captions of most"):
        build_dataset("two", TWO).with_descriptions({"a.jpg": ["a rose"], "x.jpg": ["a lake"]})


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


def test_no_image_is_the_target_of_two_queries() -> None:
    dataset = blended()
    queries = sample_captions(dataset, 14, seed=0)
    assert sorted(dataset.owners[queries].tolist()) == list(range(14))
    assert len({int(query) % 5 for query in queries}) > 1, "any of the five captions is drawn"


def test_a_sample_larger_than_the_images_draws_captions() -> None:
    queries = sample_captions(blended(), 40, seed=0)
    assert len(set(queries.tolist())) == 40
    assert np.all(np.diff(queries) > 0)


def test_a_sample_larger_than_all_takes_all() -> None:
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


def test_a_split_indexes_two_captions_of_each_image() -> None:
    join, ask = split_captions(blended(2, 1), 2)
    assert join.tolist() == [0, 1, 5, 6, 10, 11]
    assert ask.tolist() == [2, 3, 4, 7, 8, 9, 12, 13, 14]


@pytest.mark.parametrize("indexed_captions", [0, 5])
def test_a_split_with_an_empty_side_is_rejected(indexed_captions: int) -> None:
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


def test_an_unknown_half_is_rejected() -> None:
    with pytest.raises(InputError, match="called tune and report, not 'best'"):
        captions_in_split(blended(), "best", np.array([0]))
