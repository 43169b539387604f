"""Which of the texts that are told of images join as entries: few an image, and no two alike."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firs.encoders import Vectors

MOST = 5
"""Texts that an image has as entries at most."""
NEAR = 0.95
"""Cosine from which on two texts of one image say the same."""
TRIED = 4
"""How many times as many texts are looked at, so that enough are left of those that differ."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is told of an image: by whom, and under what number it is kept."""

    image: int
    text: str
    source: str


def worth_encoding(
    told: Iterable[Text], held: Mapping[int, Sequence[str]], most: int
) -> list[Text]:
    """Texts that an image does not have yet, letter for letter, and no more than can be needed.

    Args:
        told: in the order in which they are preferred.
        held: the texts that images have as entries, by id.
        most: how many an image has in the end.
    """
    known = {image: {_plain(text) for text in texts} for image, texts in held.items()}
    room = {image: most - len(texts) for image, texts in held.items()}
    chosen: list[Text] = []
    tried: dict[int, int] = defaultdict(int)
    for each in told:
        seen = known.setdefault(each.image, set())
        limit = TRIED * max(0, room.get(each.image, most))
        if _plain(each.text) and _plain(each.text) not in seen and tried[each.image] < limit:
            seen.add(_plain(each.text))
            tried[each.image] += 1
            chosen.append(each)
    return chosen


def fitting(texts: Vectors, images: Vectors, centre: Vectors) -> np.ndarray:
    """Which texts are nearer to their own image than to images on the whole: bool ``(m,)``.

    Args:
        texts: float32 ``(m, dim)``.
        images: float32 ``(m, dim)``, of the image that each tells of.
        centre: float32 ``(dim,)``, the mean of all images.
    """
    fits: np.ndarray = np.einsum("ij,ij->i", texts, images) > texts @ centre
    return fits


def unlike(
    texts: Sequence[Text], vectors: Vectors, held: Mapping[int, Vectors], most: int, near: float
) -> list[int]:
    """The places of the texts that join: no more than ``most`` an image, each unlike the others.

    Args:
        texts: in the order in which they are preferred.
        vectors: float32 ``(m, dim)``, theirs.
        held: float32 ``(h, dim)``: what images have as entries, by id.
        most: how many an image has in the end.
        near: cosine from which on two are alike.
    """
    return sorted(
        at
        for image, places in _by_image(texts)
        for at in _unlike_of_one(places, vectors, held.get(image, vectors[:0]), most, near)
    )


def _unlike_of_one(
    places: Sequence[int], vectors: Vectors, held: Vectors, most: int, near: float
) -> Iterator[int]:
    kept = held
    for at in places:
        if len(kept) >= most:
            return
        if not np.any(kept @ vectors[at] >= near):
            kept = np.concatenate([kept, vectors[at : at + 1]])
            yield at


def _by_image(texts: Sequence[Text]) -> Iterable[tuple[int, list[int]]]:
    places: dict[int, list[int]] = defaultdict(list)
    for at, each in enumerate(texts):
        places[each.image].append(at)
    return places.items()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")
