"""Data sets: images with captions, loaders by name, and the captions that are drawn as queries.

Each loader explains how to get its files if they are absent.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.measures import Indices, Relevant
from firs.registry import Registry

PAPER = {"flickr30k": 3_100, "coco": 2_505}
"""How many of the paper's 5,605 queries come from each half of its blend."""

SPLITS = ("tune", "report")
"""The halves of the images: parameters are chosen on one, figures are reported on the other."""


@dataclass(frozen=True, slots=True)
class DatasetImage:
    """One image of a data set: its id, its captions, and its file if there is one."""

    id: str
    captions: tuple[str, ...]
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images and the captions that people wrote of them.

    Args:
        name: as in reports.
        image_ids: one per image, all different.
        captions: all captions of all images.
        owners: int64 ``(captions,)``: the index in ``image_ids`` of each caption's image.
        files: the path of each image; empty where there are no pixels.
        sources: the data set that each image comes from, where several are blended; else empty.
        image_vectors: float32 ``(images, dim)``, where they come with the data.
        caption_vectors: float32 ``(captions, dim)``, where they come with the data.
        generated: whether all of it is generated; every report states that.
        descriptions: more captions of each image that are never queries, where there are some.

    Raises:
        InputError: it is empty, or an id occurs twice.
    """

    name: str
    image_ids: tuple[str, ...]
    captions: tuple[str, ...]
    owners: Indices
    files: tuple[Path, ...] = ()
    sources: tuple[str, ...] = ()
    image_vectors: Vectors | None = None
    caption_vectors: Vectors | None = None
    generated: bool = False
    descriptions: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.image_ids or not self.captions:
            raise InputError(
                f"{self.name} is empty: {len(self.image_ids)} images and {len(self.captions)} "
                f"captions. Check the split and the files."
            )
        [(image_id, count)] = Counter(self.image_ids).most_common(1)
        if count > 1:
            raise InputError(f"{self.name} has the image {image_id!r} twice; ids must differ.")

    @property
    def relevant(self) -> Relevant:
        """Each caption's one image."""
        return Relevant.single(self.owners)

    @property
    def fingerprint(self) -> str:
        """Hex digest of ids, captions and vectors: equal ones are the same data."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.image_ids, self.captions):
            digest.update("\0".join(part).encode("utf-8", "surrogatepass") + b"\1")
        for array in (self.owners, self.image_vectors, self.caption_vectors):
            digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @property
    def captions_by_image(self) -> tuple[tuple[str, ...], ...]:
        """The descriptions of each image, or else its captions."""
        if self.descriptions:
            return self.descriptions
        captions: list[list[str]] = [[] for _ in self.image_ids]
        for caption, owner in zip(self.captions, self.owners.tolist(), strict=True):
            captions[owner].append(caption)
        return tuple(map(tuple, captions))

    def with_descriptions(self, captions: Mapping[str, Sequence[str]]) -> "Dataset":
        """Return the same with additional captions by image id.

        Raises:
            InputError: most of the images have none.
        """
        found = tuple(tuple(captions.get(each, ())) for each in self.image_ids)
        if 2 * sum(map(bool, found)) <= len(found):
            raise InputError(
                f"The captions speak of {sum(map(bool, found)):,} of {len(found):,} images of "
                f"{self.name}; give captions of most, by the ids that the data has."
            )
        return replace(self, descriptions=found)

    def with_files(self, folder: Path) -> "Dataset":
        """Return the same with the pictures in ``folder``, found by the images' ids.

        Where vectors come with the data, pictures are only for display, and some may be missing.

        Raises:
            InputError: one of them is not there; with vectors, none of them is.
        """
        files = tuple(folder / image_id for image_id in self.image_ids)
        if self.image_vectors is None or not any(file.is_file() for file in files):
            _check_files(files, self.name)
        return replace(self, files=files)

    def with_pictures_only(self) -> "Dataset":
        """Return the same without images that have no file, and without their captions.

        Raises:
            InputError: no file is there, or no captions are left.
        """
        is_here = np.array([file.is_file() for file in self.files], dtype=np.bool_)
        if is_here.all() and self.files:
            return self
        if not is_here.any():
            raise InputError(
                f"{self.name} has no pictures to encode; name their folder: --pictures DIR"
            )
        images, captions = np.flatnonzero(is_here), np.flatnonzero(is_here[self.owners])
        return replace(
            self,
            name=f"{self.name} without {len(is_here) - len(images)} images that have no picture",
            image_ids=tuple(self.image_ids[image] for image in images),
            captions=tuple(self.captions[caption] for caption in captions),
            owners=np.searchsorted(images, self.owners[captions]),
            files=tuple(self.files[image] for image in images),
            sources=tuple(self.sources[image] for image in images if self.sources),
            image_vectors=None if self.image_vectors is None else self.image_vectors[images],
            caption_vectors=None
            if self.caption_vectors is None
            else self.caption_vectors[captions],
        )


def build_dataset(name: str, images: Iterable[DatasetImage]) -> Dataset:
    """Build a data set from the records of its images.

    Raises:
        InputError: it is empty, an id occurs twice, or a file is not there.
    """
    listed = list(images)
    files = tuple(image.file for image in listed if image.file is not None)
    _check_files(files, name)
    return Dataset(
        name=name,
        image_ids=tuple(image.id for image in listed),
        captions=tuple(caption for image in listed for caption in image.captions),
        owners=np.repeat(np.arange(len(listed)), [len(image.captions) for image in listed]),
        files=files if len(files) == len(listed) else (),
    )


def _check_files(files: Sequence[Path], name: str) -> None:
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise InputError(
            f"{name} has captions for {missing[0].name}, which is not in {missing[0].parent} "
            f"({len(missing):,} of {len(files):,} pictures are missing). Unpack all its pictures."
        )


def normalise(vectors: Vectors) -> Vectors:
    """Return vectors ``(n, dim)`` with length 1."""
    units: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units


Loader = Callable[[Path, str], Dataset]
"""The location of its files and a split → the data set; an empty split is the default one."""

DATASETS: Registry[Loader] = Registry(
    "data set",
    {
        "blend": "firs.evaluation.datasets.published:blend",
        "coco": "firs.evaluation.datasets.published:coco",
        "flickr30k": "firs.evaluation.datasets.published:flickr30k",
        "flickr8k": "firs.evaluation.datasets.published:flickr8k",
        "folder": "firs.evaluation.datasets.folder:folder",
        "generated": "firs.evaluation.datasets.vectors:generate",
        "hugging-face": "firs.evaluation.datasets.hugging_face:hugging_face",
        "samples": "firs.evaluation.datasets.folder:samples",
        "vectors": "firs.evaluation.datasets.vectors:vectors",
    },
)


def load_dataset(name: str, path: Path, split: str = "") -> Dataset:
    """Load the data set called ``name`` from the folder or file ``path``.

    Raises:
        InputError: there is no such data set or split, or its files are absent or not its own.
    """
    return DATASETS.load(name)(path, split)


def all_queries(dataset: Dataset) -> Indices:
    """Return every caption of the data set."""
    return np.arange(len(dataset.captions))


def sample_captions(
    dataset: Dataset, count: int, seed: int, subset: Indices | None = None
) -> Indices:
    """Draw ``count`` captions of as many different images; all captions if there are no more.

    Images are drawn first, then a caption of each, so that each image is used at most once. If
    more captions are requested than there are images, captions are drawn instead.

    Args:
        dataset: the data set of the captions.
        count: number of captions.
        seed: of the draw.
        subset: the captions to draw from; by default all.

    Returns:
        The captions, rising.

    Raises:
        InputError: ``count`` is below 1.
    """
    if count < 1:
        raise InputError(f"A sample has 1 or more queries, not {count}.")
    pool = all_queries(dataset) if subset is None else subset
    return _draw(dataset, pool, count, np.random.default_rng(seed))


def sample_by_source(
    dataset: Dataset, counts: Mapping[str, int], seed: int, subset: Indices | None = None
) -> Indices:
    """Draw a number of captions of each blended source, as in the paper's 5,605.

    Raises:
        InputError: the data set has no such source, or fewer images of it.
    """
    rng = np.random.default_rng(seed)
    pool = all_queries(dataset) if subset is None else subset
    sources = np.array(dataset.sources or [""] * len(dataset.image_ids))[dataset.owners[pool]]
    parts = []
    for source, count in counts.items():
        captions = pool[sources == source]
        if len(np.unique(dataset.owners[captions])) < count:
            raise InputError(
                f"{dataset.name} has fewer than {count:,} images of {source!r}; "
                f"its sources are: {', '.join(sorted(set(dataset.sources))) or 'none'}."
            )
        parts.append(_draw(dataset, captions, count, rng))
    return np.sort(np.concatenate(parts))


def captions_in_split(dataset: Dataset, split: str, subset: Indices) -> Indices:
    """Return the captions of a ``subset`` with an image in one half of the images.

    Parameters are chosen on one half, ``tune``, and figures reported on the other, ``report``. The
    images are divided at random, always the same, and all captions of an image stay together.

    Raises:
        InputError: there is no such half.
    """
    if split not in SPLITS:
        raise InputError(f"The halves are called {' and '.join(SPLITS)}, not {split!r}.")
    images = np.unique(dataset.owners)
    np.random.default_rng(0).shuffle(images)
    is_tune = np.isin(dataset.owners[subset], images[: len(images) // 2])
    return subset[is_tune if split == "tune" else ~is_tune]


def captions_of_targets(dataset: Dataset, targets: Sequence[str], subset: Indices) -> Indices:
    """Return the captions of a ``subset`` with an image in ``targets``, by its id.

    Raises:
        InputError: an image is not in the data set.
    """
    missing = sorted(set(targets).difference(dataset.image_ids))
    if missing:
        raise InputError(
            f"{len(missing):,} of {len(targets):,} targets are not images of {dataset.name}, first "
            f"{missing[0]!r}; name images by the ids that the data has, one per line."
        )
    selected = np.isin(np.array(dataset.image_ids), targets)
    return subset[selected[dataset.owners[subset]]]


def split_captions(dataset: Dataset, indexed_captions: int) -> tuple[Indices, Indices]:
    """Return the first ``indexed_captions`` captions of each image, and the others as queries.

    Raises:
        InputError: no query caption would be left.
    """
    order = np.argsort(dataset.owners, kind="stable")
    owners = dataset.owners[order]
    nth = np.empty(len(order), dtype=np.int64)
    nth[order] = np.arange(len(order)) - np.searchsorted(owners, owners)
    indexed, queries = (
        np.flatnonzero(nth < indexed_captions),
        np.flatnonzero(nth >= indexed_captions),
    )
    if indexed_captions < 1 or not len(queries):
        raise InputError(
            f"With {indexed_captions} captions of each image in the collection, {len(queries)} of "
            f"{len(dataset.captions)} are left as queries; there must be some of either."
        )
    return indexed, queries


def _draw(dataset: Dataset, captions: Indices, count: int, rng: np.random.Generator) -> Indices:
    if count >= len(captions):
        return captions
    shuffled = rng.permutation(captions)
    _, first = np.unique(dataset.owners[shuffled], return_index=True)
    one_each = shuffled[first]
    pool = one_each if count <= len(one_each) else captions
    return np.sort(rng.choice(pool, size=count, replace=False))
