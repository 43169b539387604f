"""Captions of a collection's images: stored ones are reused, missing ones are generated."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
Outcome: TypeAlias = "tuple[ImageRecord, Captions | FirsError]"

_SIDE = 512
_NO_VECTOR: Vectors = np.empty(0, dtype=np.float32)

_MAX_FAILURES = 5
"""Number of failures in a row after which captioning stops."""

_SAVE_INTERVAL = 2.0
"""Seconds of work that may be lost when the machine stops."""


def captions_of(
    collection: "Collection", ids: Sequence[int], captioner: Captioner, vector_of: VectorOf
) -> dict[int, Captions]:
    """Return the captions of images by id; new ones are stored if the collection is writable.

    Raises:
        RefinementError: the captioner fails; what it generated before is stored.
        InputError: an id is unknown.
    """
    images = collection.images(ids)
    captions = collection.made_captions.lookup(captioner.key, [each.hash for each in images])
    made: dict[str, Captions] = {}
    try:
        for image in images:
            if image.hash not in captions:
                caption = _caption_one(image, captioner, vector_of)
                captions[image.hash] = made[image.hash] = caption
    finally:
        if made and collection.is_writable:
            collection.made_captions.keep(captioner.key, made)
    return {image.id: captions[image.hash] for image in images}


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """How fast a collection is captioned.

    Args:
        workers: number of images at the same time.
        rate: maximum number of images per minute; 0 for no limit.
        progress: called with the number of images done and the number of all.

    Raises:
        InputError: a number is out of range.
    """

    workers: int = 4
    rate: float = 0.0
    progress: Callable[[int, int], None] = lambda _done, _total: None

    def __post_init__(self) -> None:
        if self.workers < 1 or not 0 <= self.rate < float("inf"):
            raise InputError(
                f"Workers are 1 or more and the rate is 0 or more a minute, "
                f"not {self.workers} and {self.rate}."
            )


@dataclass(slots=True)
class Captioned:
    """Result of captioning a collection.

    Args:
        made: number of images captioned.
        failed: id of each image that failed → the reason.
        stopped: the reason why the other images were skipped; empty if none were.
    """

    made: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    stopped: str = ""


def to_caption(collection: "Collection", captioner: Captioner) -> "list[ImageRecord]":
    """Return the images without captions by a captioner, one per content, by id."""
    images = list(collection)
    known = set(collection.made_captions.lookup(captioner.key, [each.hash for each in images]))
    first = {each.hash: each for each in reversed(images) if each.hash not in known}
    return sorted(first.values(), key=lambda each: each.id)


def cost_of(
    collection: "Collection", image: "ImageRecord", captioner: Captioner
) -> tuple[int, int]:
    """Return the tokens read and written to caption one image; its caption is stored.

    Raises:
        ImageError: its file does not exist or is damaged.
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
    options: CaptionOptions | None = None,
) -> Captioned:
    """Caption images; captions are stored while it runs, so that it can be continued later.

    Raises:
        StorageError: the disk is full, read-only or failing.
    """
    options = options or CaptionOptions()
    store = collection.made_captions
    known = store.lookup(captioner.key, [each.hash for each in images])
    images = [each for each in images if each.hash not in known]
    result, unsaved, saved_at, failures = Captioned(), dict[str, Captions](), time.monotonic(), 0
    try:
        for image, outcome in _caption_parallel(images, captioner, vector_of, options):
            if isinstance(outcome, tuple):
                unsaved[image.hash] = outcome
                result.made, failures = result.made + 1, 0
            else:
                result.failed[image.id] = str(outcome)
                failures += not isinstance(outcome, ImageError)
            if time.monotonic() - saved_at > _SAVE_INTERVAL:
                store.keep(captioner.key, unsaved)
                unsaved, saved_at = {}, time.monotonic()
            options.progress(result.made + len(result.failed), len(images))
            if failures >= _MAX_FAILURES:
                result.stopped = str(outcome)
                break
    finally:
        if unsaved:
            store.keep(captioner.key, unsaved)
    return result


def _caption_parallel(
    images: "Sequence[ImageRecord]",
    captioner: Captioner,
    vector_of: VectorOf,
    options: CaptionOptions,
) -> Iterator[Outcome]:
    """Yield each image with its captions or its error as soon as it is done."""
    limiter, left = _Limiter(options.rate), iter(images)

    def caption(image: "ImageRecord") -> Outcome:
        limiter.wait()
        try:
            return image, _caption_one(image, captioner, vector_of)
        except (ImageError, RefinementError) as error:
            return image, error

    pool = ThreadPoolExecutor(options.workers)
    try:
        running: set[Future[Outcome]] = {
            pool.submit(caption, image) for image in islice(left, options.workers)
        }
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in done)
            running |= {pool.submit(caption, image) for image in islice(left, len(done))}
    finally:
        limiter.stop()
        pool.shutdown(wait=True, cancel_futures=True)


class _Limiter:
    """Spaces calls evenly, at most ``rate`` per minute."""

    def __init__(self, rate: float) -> None:
        self._interval = 60 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def wait(self) -> None:
        if not self._interval:
            return
        with self._lock:
            at = max(self._next, time.monotonic())
            self._next = at + self._interval
        self._stopped.wait(at - time.monotonic())

    def stop(self) -> None:
        self._stopped.set()


def _caption_one(image: "ImageRecord", captioner: Captioner, vector_of: VectorOf) -> Captions:
    load = partial(decode, image.path, at_least=_SIDE)
    return captioner.caption(Picture(load, vector_of(image.id), image.captions))
