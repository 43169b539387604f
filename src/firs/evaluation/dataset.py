"""A data set: images, captions, and which caption was written of which image."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.ranks import Places, Relevant


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
        image_ids: one an image, none twice.
        captions: all captions of all images.
        owners: int64 ``(captions,)``: the place in ``image_ids`` of each caption's image.
        files: the path of each image; empty where there are no pixels.
        sources: the data set that each image comes from, where several are blended; else empty.
        image_vectors: float32 ``(images, dim)``, where they come with the data.
        caption_vectors: float32 ``(captions, dim)``, where they come with the data.
        generated: whether all of it is generated; every report states that.
        shows: what is known of each image, where more is known than the query captions.

    Raises:
        InputError: it is empty, an id occurs twice, or the parts do not fit together.
    """

    name: str
    image_ids: tuple[str, ...]
    captions: tuple[str, ...]
    owners: Places
    files: tuple[Path, ...] = ()
    sources: tuple[str, ...] = ()
    image_vectors: Vectors | None = None
    caption_vectors: Vectors | None = None
    generated: bool = False
    shows: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.image_ids or not self.captions:
            raise InputError(
                f"{self.name} is empty: {len(self.image_ids)} images and {len(self.captions)} "
                f"captions. Check the split and the files."
            )
        repeated = _first_repeated(self.image_ids)
        if repeated is not None:
            raise InputError(f"{self.name} has the image {repeated!r} twice; ids must differ.")

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
        """All that is known of each image."""
        if self.shows:
            return self.shows
        told: list[list[str]] = [[] for _ in self.image_ids]
        for caption, owner in zip(self.captions, self.owners, strict=True):
            told[int(owner)].append(caption)
        return tuple(map(tuple, told))

    def showing(self, captions: Mapping[str, Sequence[str]]) -> "Dataset":
        """Return the same with additional captions by image id.

        Raises:
            InputError: most of the images have none.
        """
        shows = tuple(tuple(captions.get(each, ())) for each in self.image_ids)
        if 2 * sum(map(bool, shows)) <= len(shows):
            raise InputError(
                f"The captions speak of {sum(map(bool, shows)):,} of {len(shows):,} images of "
                f"{self.name}; give captions of most, by the ids that the data has."
            )
        return replace(self, shows=shows)

    def with_files(self, folder: Path) -> "Dataset":
        """Return the same with the pictures in ``folder``, found by the images' ids.

        Where vectors come with the data, pictures are only for looking at, and some may miss.

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
        here = np.array([file.is_file() for file in self.files], dtype=np.bool_)
        if here.all() and self.files:
            return self
        if not here.any():
            raise InputError(
                f"{self.name} has no pictures to encode; name their folder: --pictures DIR"
            )
        asked, places = here[self.owners], np.flatnonzero(here)
        gone = len(here) - len(places)
        return replace(
            self,
            name=f"{self.name} without {gone} images that have no picture",
            image_ids=tuple(self.image_ids[place] for place in places),
            captions=tuple(self.captions[place] for place in np.flatnonzero(asked)),
            owners=np.searchsorted(places, self.owners[asked]),
            files=tuple(self.files[place] for place in places),
            sources=tuple(self.sources[place] for place in places if self.sources),
            image_vectors=None if self.image_vectors is None else self.image_vectors[places],
            caption_vectors=None if self.caption_vectors is None else self.caption_vectors[asked],
        )


def build_dataset(name: str, images: Iterable[DatasetImage]) -> Dataset:
    """Build a data set from the records of its images.

    Raises:
        InputError: it is empty, an id occurs twice, or a file is not there.
    """
    listed = list(images)
    files = tuple(image.file for image in listed if image.file is not None)
    _check_files(files, name)
    counts = [len(image.captions) for image in listed]
    return Dataset(
        name=name,
        image_ids=tuple(image.id for image in listed),
        captions=tuple(caption for image in listed for caption in image.captions),
        owners=np.repeat(np.arange(len(listed)), counts),
        files=files if len(files) == len(listed) else (),
    )


def _check_files(files: Sequence[Path], name: str) -> None:
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise InputError(
            f"{name} has captions for {missing[0].name}, which is not in {missing[0].parent} "
            f"({len(missing):,} of {len(files):,} pictures are missing). Unpack all its pictures."
        )


def _first_repeated(ids: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            return each
        seen.add(each)
    return None
