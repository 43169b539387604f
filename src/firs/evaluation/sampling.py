"""Which captions are queries: all of them, or some drawn with a seed."""

from collections.abc import Mapping

import numpy as np

from firs.errors import InputError
from firs.evaluation.dataset import Dataset
from firs.evaluation.ranks import Places

PAPER = {"flickr30k": 3_100, "coco": 2_505}
"""How many of the paper's 5,605 queries come from each half of its blend."""

HALVES = ("tune", "report")


def all_queries(dataset: Dataset) -> Places:
    """Every caption of the data set."""
    return np.arange(len(dataset.captions))


def sample_captions(dataset: Dataset, count: int, seed: int, among: Places | None = None) -> Places:
    """``count`` captions of as many different images, rising; all captions if there are no more.

    Images are drawn first, then a caption of each, so that each image is used at most once. If
    more captions are requested than there are images, captions are drawn instead.

    Args:
        dataset: the data set of the captions.
        count: how many.
        seed: of the draw.
        among: the captions to draw from; by default all.

    Raises:
        InputError: ``count`` is below 1.
    """
    if count < 1:
        raise InputError(f"A sample has 1 or more queries, not {count}.")
    pool = all_queries(dataset) if among is None else among
    return _draw(dataset, pool, count, np.random.default_rng(seed))


def sample_by_source(
    dataset: Dataset, counts: Mapping[str, int], seed: int, among: Places | None = None
) -> Places:
    """So many captions of each blended source, as in the paper's 5,605.

    Raises:
        InputError: the data set has no such source, or fewer images of it.
    """
    rng = np.random.default_rng(seed)
    pool = all_queries(dataset) if among is None else among
    sources = np.array(dataset.sources or [""] * len(dataset.image_ids))[dataset.owners[pool]]
    parts = []
    for source, count in counts.items():
        source_captions = pool[sources == source]
        if len(np.unique(dataset.owners[source_captions])) < count:
            raise InputError(
                f"{dataset.name} has no {count:,} images of {source!r} to ask for; "
                f"its sources are: {', '.join(sorted(set(dataset.sources))) or 'none'}."
            )
        parts.append(_draw(dataset, source_captions, count, rng))
    return np.sort(np.concatenate(parts))


def captions_in_split(dataset: Dataset, which: str, among: Places) -> Places:
    """The captions ``among`` those given whose image is in one half of the images.

    Parameters are chosen on one half, ``tune``, and figures reported on the other, ``report``. The
    images are dealt by chance, always the same way, and all captions of an image stay together.

    Raises:
        InputError: there is no such half.
    """
    if which not in HALVES:
        raise InputError(f"The halves are called {' and '.join(HALVES)}, not {which!r}.")
    images = np.unique(dataset.owners)
    np.random.default_rng(0).shuffle(images)
    tune = np.isin(dataset.owners[among], images[: len(images) // 2])
    return among[tune if which == "tune" else ~tune]


def split_captions(dataset: Dataset, indexed_captions: int) -> tuple[Places, Places]:
    """Return the first ``indexed_captions`` captions of each image, and the others as queries.

    Raises:
        InputError: no query caption would be left.
    """
    order = np.argsort(dataset.owners, kind="stable")
    owners = dataset.owners[order]
    nth = np.empty(len(order), dtype=np.int64)
    nth[order] = np.arange(len(order)) - np.searchsorted(owners, owners)
    join, ask = np.flatnonzero(nth < indexed_captions), np.flatnonzero(nth >= indexed_captions)
    if indexed_captions < 1 or not len(ask):
        raise InputError(
            f"With {indexed_captions} captions of each image joining the collection, {len(ask)} of "
            f"{len(dataset.captions)} are left to ask; there must be some of either."
        )
    return join, ask


def _draw(dataset: Dataset, captions: Places, count: int, rng: np.random.Generator) -> Places:
    if count >= len(captions):
        return captions
    shuffled = rng.permutation(captions)
    _, first = np.unique(dataset.owners[shuffled], return_index=True)
    one_each = shuffled[first]
    pool = one_each if count <= len(one_each) else captions
    return np.sort(rng.choice(pool, size=count, replace=False))
