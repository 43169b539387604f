"""Captions of a collection's images: those that are known, and those to be made."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from firs.encoders import Vectors
from firs.errors import FirsError, ImageError, InputError, RefinementError
from firs.imaging import decode
from firs.refinement.base import Captioner, Picture

if TYPE_CHECKING:
    from firs.collection import Collection, ImageRecord

Captions: TypeAlias = tuple[str, ...]
VectorOf: TypeAlias = Callable[[int], Vectors]

_SIDE = 512
_NO_VECTOR: Vectors = np.empty(0, dtype=np.float32)
_GIVEN_UP = 5
"""Failures one after the other from which on the rest would fail too."""

_KEPT = 2.0
"""Seconds of work that may be lost when the machine stops."""


def captions_of(
    collection: "Collection", ids: Sequence[int], captioner: Captioner, vector_of: VectorOf
) -> dict[int, Captions]:
    """The captions of some images, by id; what is made is kept where it can be.

    Raises:
        RefinementError: the captioner fails; what it made before is kept.
        InputError: an id is unknown.
    """
    images = collection.images(ids)
    known = collection.made_captions.lookup(captioner.key, [each.hash for each in images])
    made: dict[str, Captions] = {}
    try:
        for image in images:
            if image.hash not in known and image.hash not in made:
                made[image.hash] = _caption_one(image, captioner, vector_of)
    finally:
        _keep(collection, captioner, made)
    all_ = known | made
    return {image.id: all_[image.hash] for image in images}


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """How fast a collection is captioned.

    Args:
        workers: images at once.
        rate: images a minute at most; 0 for no bound.
        progress: called with the images done, on disk for good, and the images to do.

    Raises:
        InputError: a number is out of range.
    """

    workers: int = 4
    rate: float = 0.0
    progress: Callable[[int, int], None] = lambda _done, _to_do: None

    def __post_init__(self) -> None:
        if self.workers < 1 or not 0 <= self.rate < float("inf"):
            raise InputError(
                f"Workers are 1 or more and the rate is 0 or more a minute, "
                f"not {self.workers} and {self.rate}."
            )


@dataclass(slots=True)
class Captioned:
    """What was done: how many images were captioned, and which failed, with the reason."""

    made: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    stopped: str = ""
    """why the rest was left, where it was"""


def to_caption(collection: "Collection", captioner: Captioner) -> "list[ImageRecord]":
    """The images that this captioner has not seen, one of each content, by id."""
    images = list(collection)
    known = set(collection.made_captions.lookup(captioner.key, [each.hash for each in images]))
    first = {each.hash: each for each in reversed(images) if each.hash not in known}
    return sorted(first.values(), key=lambda each: each.id)


def cost_of(
    collection: "Collection", image: "ImageRecord", captioner: Captioner
) -> tuple[int, int]:
    """Tokens read and written to caption one image, found out by doing it; its caption is kept.

    Raises:
        ImageError: its file is gone or damaged.
        RefinementError: the captioner fails.
    """
    before = captioner.spent
    captions_of(collection, [image.id], captioner, lambda _: _NO_VECTOR)
    read, written = (now - then for now, then in zip(captioner.spent, before, strict=True))
    return read, written


def caption_all(
    collection: "Collection",
    images: "Sequence[ImageRecord]",
    captioner: Captioner,
    vector_of: VectorOf,
    pace: CaptionOptions | None = None,
) -> Captioned:
    """Caption images; what is made is kept as it goes, so that a stopped run can be gone on with.

    Raises:
        StorageError: the disk is full, read-only or failing.
    """
    pace = pace or CaptionOptions()
    done, unkept, kept_at, failures = Captioned(), dict[str, Captions](), time.monotonic(), 0
    known = collection.made_captions.lookup(captioner.key, [each.hash for each in images])
    images = [each for each in images if each.hash not in known]
    try:
        for image, caption in _caption_all(images, captioner, vector_of, pace):
            if isinstance(caption, tuple):
                unkept[image.hash] = caption
                done.made, failures = done.made + 1, 0
            else:
                done.failed[image.id] = str(caption)
                failures += not isinstance(caption, ImageError)
            if time.monotonic() - kept_at > _KEPT:
                collection.made_captions.keep(captioner.key, unkept)
                unkept, kept_at = {}, time.monotonic()
            pace.progress(done.made + len(done.failed), len(images))
            if failures >= _GIVEN_UP:
                done.stopped = str(caption)
                break
    finally:
        if unkept:
            collection.made_captions.keep(captioner.key, unkept)
    return done


def _caption_all(
    images: "Sequence[ImageRecord]", captioner: Captioner, vector_of: VectorOf, pace: CaptionOptions
) -> "Iterator[tuple[ImageRecord, Captions | FirsError]]":
    """Each image with its captions or what went wrong, as they come; a few at once."""
    left = iter(images)
    limiter = _Limiter(pace.rate)

    def one(image: "ImageRecord") -> "tuple[ImageRecord, Captions | FirsError]":
        limiter.wait()
        try:
            return image, _caption_one(image, captioner, vector_of)
        except (ImageError, RefinementError) as error:
            return image, error

    pool = ThreadPoolExecutor(pace.workers)
    try:
        under_way: set[Future[tuple[ImageRecord, Captions | FirsError]]] = {
            pool.submit(one, image) for image in islice(left, pace.workers)
        }
        while under_way:
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for each in ended:
                yield each.result()
            under_way |= {pool.submit(one, image) for image in islice(left, len(ended))}
    finally:
        limiter.stop()
        pool.shutdown(wait=True, cancel_futures=True)


class _Limiter:
    """Lets callers through at most ``rate`` times a minute, evenly."""

    def __init__(self, rate: float) -> None:
        self._apart = 60 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def wait(self) -> None:
        if not self._apart:
            return
        with self._lock:
            at = max(self._next, time.monotonic())
            self._next = at + self._apart
        self._stopped.wait(at - time.monotonic())

    def stop(self) -> None:
        self._stopped.set()


def _caption_one(image: "ImageRecord", captioner: Captioner, vector_of: VectorOf) -> Captions:
    load = partial(decode, image.path, at_least=_SIDE)
    return captioner.caption(Picture(load, vector_of(image.id), image.captions))


def _keep(collection: "Collection", captioner: Captioner, made: Mapping[str, Captions]) -> None:
    if made and collection.is_writable:
        collection.made_captions.keep(captioner.key, made)
